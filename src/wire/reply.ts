/**
 * What a command answers, as data: the state machine makes replies, each syntax of the client port renders them. Bytes of
 * clients are latin1 strings here (one character a byte); texts are ordinary strings.
 */

export type Reply =
  | { readonly type: 'status'; readonly text: string }
  /** A value: latin1, one character a byte. */
  | { readonly type: 'value'; readonly bytes: string }
  | { readonly type: 'none' }
  /** A safe integer. */
  | { readonly type: 'integer'; readonly value: number }
  /** `code` is one word in capitals; `text` one sentence that says what was wrong, what was done and what to do. */
  | { readonly type: 'error'; readonly code: string; readonly text: string }
  | { readonly type: 'list'; readonly items: readonly Reply[] }
  /** Keys and values in key order, both latin1. */
  | { readonly type: 'pairs'; readonly pairs: readonly (readonly [string, string])[] }
  /** Many lines for a person: a table, help. Lines are separated by `\n`, the last one ends without. */
  | { readonly type: 'text'; readonly text: string };
