/** A session in a pipe: lines come from a program, bytes and all, one is carried out after the other. */

import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Session } from './session.js';

/** Nobody is there to stop it but by ending the process. */
const NEVER = new AbortController().signal;

/** Whether one of the lines failed. */
export async function converse(input: Readable, session: Session): Promise<boolean> {
  input.setEncoding('latin1');
  let failed = false;
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    const outcome = await session.execute(line, NEVER);
    if (outcome === 'quit') break;
    failed ||= outcome === 'failed';
  }
  if (session.transaction.queued !== null) {
    session.complain('MULTI without EXEC: nothing of it was executed');
    failed = true;
  }
  session.close();
  // Who writes may not have ended, and would be waited for.
  input.destroy();
  return failed;
}
