/**
 * The first words between replicas. Each connection opens with a Hello from who dialled; the other side answers with its own
 * Hello, or with a refusal that says why it will not talk. Both directions are judged by the same comparison, so that both logs
 * show both sides.
 */

import type { Clock } from '../../base/clock.js';
import { CodedError } from '../../base/errors.js';
import type { ReplicaName } from '../../base/ids.js';
import { decodeHello, disagreement, encodeHello, type Hello } from '../../wire/hello.js';
import { decodeRefusal } from '../../wire/refusal.js';
import { WireError } from '../../wire/wire-error.js';
import type { Net } from '../ports.js';
import type { Member } from '../settings.js';
import { Lane, type LaneName } from './lane.js';

/** How long a connection may take to greet. */
export const GREETING_MS = 2_000;

/** What a Hello tells its reader about the reader's own store. */
export type Remembered = Pick<Hello, 'remembered' | 'rememberedLsn'>;

/** Of a store that is not known yet nothing can be remembered. */
export const NOTHING_REMEMBERED: Remembered = { remembered: null, rememberedLsn: null };

/** What this replica says of itself. */
export interface Greeter {
  hello(lane: LaneName, to: ReplicaName, remembered: Remembered): Hello;
  /**
   * What is known here of the store of who said that: the highest incarnation if it claims one below, and the highest LSN.
   */
  remembered(theirs: Hello): Remembered;
}

export interface Greeted {
  readonly lane: Lane;
  /** What the other side said of itself. */
  readonly hello: Hello;
}

/** The other side will not talk, or must not be talked to: trying again soon would not help. */
export class Refused extends CodedError {
  constructor(reason: string) {
    super('refused', reason);
    this.name = 'Refused';
  }
}

export interface GreetOptions {
  readonly net: Net;
  readonly clock: Clock;
  readonly peer: Member;
  readonly mine: Hello;
}

/** Dials a peer, greets, and waits for its Hello. Rejects with Refused, or another CodedError where nobody answered. */
export function greet({ net, clock, peer, mine }: GreetOptions): Promise<Greeted> {
  return new Promise((resolve, reject) => {
    let stopTimer = (): void => undefined;
    const fail = (error: CodedError): void => {
      stopTimer();
      reject(error);
    };
    const dialling = net.dial(peer.host, peer.port, (connection) => {
      const lane = new Lane({
        connection,
        clock,
        name: mine.lane,
        stranger: false,
        events: {
          frame: (body) => {
            stopTimer();
            settle(() => resolve({ lane, hello: judge(body, mine, peer.name) }), lane, reject);
          },
          broken: (reason) => fail(new CodedError('no-greeting', `did not greet: ${reason}`)),
        },
      });
      stopTimer = clock.at(clock.mono() + GREETING_MS, () => lane.breakOff(`silent for ${GREETING_MS} ms`));
      lane.write(encodeHello(mine));
      return lane;
    });
    dialling.catch((error: unknown) => fail(asCoded(error)));
  });
}

/** A peer that greets wrongly loses its connection, and who dialled learns why. */
function settle(judged: () => void, lane: Lane, reject: (error: CodedError) => void): void {
  try {
    judged();
  } catch (error) {
    const failure = asCoded(error);
    lane.close();
    reject(failure);
  }
}

/** What is no operating failure is a fault of the program: nobody may go on. */
function asCoded(error: unknown): CodedError {
  if (error instanceof CodedError) return error;
  throw error;
}

/** The Hello in an answer. Throws Refused or WireError. */
function judge(body: Uint8Array, mine: Hello, peer: ReplicaName): Hello {
  const refusal = decodeRefusal(body);
  if (refusal !== null) throw new Refused(refusal);
  const theirs = decodeHello(body);
  const reason = disagreement(mine, theirs);
  if (reason !== null) throw new Refused(reason);
  if (theirs.name !== peer) throw new Refused(`its address leads to ${theirs.name}`);
  if (theirs.lane !== mine.lane) throw new WireError('answered for another lane');
  return theirs;
}
