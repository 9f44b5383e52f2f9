/** What an option of a test program is: what it is for, which values it takes, and what becomes of them. */
import type { Form } from './forms.js';

export interface Option<T> {
  readonly describe: string;
  readonly takes: 'nothing' | 'a value' | 'a value or nothing' | 'values';
  /** For the help. */
  readonly kind: 'number' | 'string' | 'boolean';
  readonly choices?: readonly string[] | undefined;
  /** What the help says that it is when it is not given. */
  readonly otherwise?: string;
  /** `typed`: its values, none for an option without; undefined when it was not given. Throws a plain sentence. */
  of(typed: readonly string[] | undefined): T;
}

export type Options = Readonly<Record<string, Option<unknown>>>;

export function flag(describe: string): Option<boolean> {
  return { describe, takes: 'nothing', kind: 'boolean', of: (typed) => typed !== undefined };
}

export function optional<T>(describe: string, form: Form<T>): Option<T | undefined> {
  return { describe, takes: 'a value', ...looks(form), of: (typed) => first(typed, form) };
}

export function usually<T>(describe: string, form: Form<T>, usual: T): Option<T> {
  const otherwise = String(usual);
  return { describe, takes: 'a value', ...looks(form), otherwise, of: (typed) => first(typed, form) ?? usual };
}

/** May stand without its value, and then has the one that is `meant`. */
export function orAlone<T>(describe: string, form: Form<T>, meant: T): Option<T | undefined> {
  const takes = 'a value or nothing';
  return { describe, takes, ...looks(form), of: (typed) => (typed?.length === 0 ? meant : first(typed, form)) };
}

/** As many as are named, after one or several of these options. */
export function several<T>(describe: string, form: Form<T>, usual: readonly T[] = []): Option<readonly T[]> {
  return { describe, takes: 'values', ...looks(form), of: (typed) => typed?.map((one) => form.read(one)) ?? usual };
}

function looks({ kind, choices }: Form<unknown>): Pick<Option<unknown>, 'kind' | 'choices'> {
  return { kind, choices };
}

function first<T>(typed: readonly string[] | undefined, form: Form<T>): T | undefined {
  return typed?.[0] === undefined ? undefined : form.read(typed[0]);
}
