/**
 * Finds the functions of a file well enough to measure them: by matching brackets in blanked-out code, without a grammar.
 * Counts from the line of the parameters to the closing brace. Expression-bodied arrows have no body to measure.
 */
import { lineAt } from './source.js';

export interface FunctionExtent {
  readonly name: string;
  readonly firstLine: number;
  readonly lastLine: number;
}

const notFunctions = new Set(['if', 'for', 'while', 'switch', 'catch', 'with', 'await']);
const openers = '([{';
const closers = ')]}';

export function functionsOf(code: string): FunctionExtent[] {
  const partner = matchBrackets(code);
  const found: FunctionExtent[] = [];
  const add = (start: number, body: number, name: string) => {
    const end = partner.get(body);
    if (end !== undefined) found.push({ name, firstLine: lineAt(code, start), lastLine: lineAt(code, end) });
  };
  for (const [open, close] of partner) {
    if (code.charAt(open) !== '(') continue;
    const name = /([\w$#]+)\s*(<[^(){};]*>)?\s*$/.exec(code.slice(Math.max(0, open - 200), open))?.[1] ?? '';
    const body = bodyAfter(code, close + 1, partner);
    if (body !== undefined && !notFunctions.has(name)) add(open, body, name || 'a function');
  }
  for (const match of code.matchAll(/[\w$]\s*=>\s*(?=\{)/g))
    add(match.index, match.index + match[0].length, 'an arrow');
  return found;
}

/** Where the body begins of a function whose parameters ended just before `from`, past a return type and an arrow. */
function bodyAfter(code: string, from: number, partner: ReadonlyMap<number, number>): number | undefined {
  let at = skipSpace(code, from);
  if (code.charAt(at) === ':') at = endOfType(code, at + 1, partner);
  if (code.startsWith('=>', at)) at = skipSpace(code, at + 2);
  return code.charAt(at) === '{' ? at : undefined;
}

/** A brace belongs to the type only where a type may begin: after the colon, a union's bar, or another such sign. */
function endOfType(code: string, from: number, partner: ReadonlyMap<number, number>): number {
  let typeMayBegin = true;
  let at = skipSpace(code, from);
  while (at < code.length && !/[;,)=}\]]/.test(code.charAt(at))) {
    const here = code.charAt(at);
    if (here === '{' && !typeMayBegin) return at;
    if (openers.includes(here)) at = (partner.get(at) ?? code.length) + 1;
    else if (here === '<') at = endOfAngles(code, at);
    else at++;
    typeMayBegin = /[|&?]/.test(here);
    at = skipSpace(code, at);
  }
  return at;
}

function endOfAngles(code: string, from: number): number {
  let depth = 0;
  let at = from;
  for (; at < code.length; at++) {
    if (code.charAt(at) === '<') depth++;
    // The head of an arrow closes nothing.
    else if (code.charAt(at) === '>' && code.charAt(at - 1) !== '=') depth--;
    if (depth === 0) break;
  }
  return at + 1;
}

function skipSpace(code: string, from: number): number {
  let at = from;
  while (/\s/.test(code.charAt(at))) at++;
  return at;
}

/** Of each opening bracket, where it closes. */
function matchBrackets(code: string): Map<number, number> {
  const partner = new Map<number, number>();
  const open: number[] = [];
  for (let at = 0; at < code.length; at++) {
    if (openers.includes(code.charAt(at))) open.push(at);
    else if (closers.includes(code.charAt(at))) {
      const from = open.pop();
      if (from !== undefined) partner.set(from, at);
    }
  }
  return partner;
}
