/** What a client asks, as the readers of either syntax hand it on. */

import type { Reply } from './reply.js';

/** In which a request was made, and is answered. */
export type Syntax = 'inline' | 'resp';

/** One thing to do for a client. */
export type ClientRequest =
  /** The words as latin1 strings, at least one; the name as it was typed. */
  | { readonly type: 'command'; readonly argv: readonly string[]; readonly syntax: Syntax }
  /** Answer with the error; the stream is in step and the next request can be read. */
  | { readonly type: 'refused'; readonly reply: Reply; readonly syntax: Syntax }
  /** Answer with the error, if there is one, and close: what follows is not for this port. The reader reads no further. */
  | { readonly type: 'close'; readonly reply: Reply | null; readonly syntax: Syntax };
