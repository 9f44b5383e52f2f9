/** What stands before a line that is typed: who leads, and what MULTI has gathered. */

import type { Reply } from '../wire/reply.js';
import type { Colours } from './colour-screen.js';
import type { Transaction } from './transaction.js';

/** The leader as a reply to WHO names it; null when there is none, or nobody to ask. */
export function leaderIn(who: Reply | null): string | null {
  return who?.type === 'status' ? (who.text.split(' ')[0] ?? null) : null;
}

export function promptText(leader: string | null, { queued, isBroken }: Transaction, colours: Colours): string {
  const { bold, dim, red, yellow } = colours;
  const leads = leader === null ? red('no leader') : dim(`${leader} leads`);
  const gathered = queued === null ? '' : yellow(` MULTI ${queued}`);
  return `${bold('synod')} ${dim('(')}${leads}${dim(')')}${gathered}${isBroken ? red(' MULTI lost') : ''}> `;
}
