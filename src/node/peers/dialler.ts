/**
 * Makes and re-makes the link to one peer. Of two replicas the one with the smaller name dials, both lanes, one after the other;
 * so there is never a second link to choose from. The other one, when it starts, only knocks (see links.ts): then this one dials
 * at once instead of when its back-off ends.
 */

import type { Chance, Clock } from '../../base/clock.js';
import { CodedError } from '../../base/errors.js';
import type { Net } from '../ports.js';
import type { Member } from '../settings.js';
import { BackOff } from './back-off.js';
import { type Greeted, type Greeter, greet, NOTHING_REMEMBERED, Refused } from './greeting.js';
import type { LaneName } from './lane.js';
import { Link } from './link.js';

/** A link that lasted so long was a good one; one that fell sooner is not made again at once, for ever. */
const GOOD_LINK_MS = 1_000;

export interface DiallerEvents {
  linked(link: Link): void;
  /** An attempt failed; another follows. */
  failed(peer: Member, error: CodedError, failingMs: number): void;
}

export interface DiallerOptions {
  readonly peer: Member;
  readonly net: Net;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly greeter: Greeter;
  readonly silenceMs: number;
  readonly events: DiallerEvents;
}

type State =
  | { readonly type: 'stopped' }
  | { readonly type: 'waiting'; readonly cancel: () => void }
  | { readonly type: 'trying' }
  | { readonly type: 'linked' };

export class Dialler {
  readonly #options: DiallerOptions;
  readonly #backOff: BackOff;
  #state: State = { type: 'stopped' };
  #failingSince: number | null = null;

  constructor(options: DiallerOptions) {
    this.#options = options;
    this.#backOff = new BackOff(options.chance);
  }

  /** Begins to dial. Also to be called when a link has fallen, or was refused. */
  start(): void {
    const { clock } = this.#options;
    const cancel = clock.at(clock.mono() + this.#backOff.next(), () => this.#try());
    this.#state = { type: 'waiting', cancel };
  }

  /** The link is gone; `slow` when another would go the same way. */
  lost(link: Link, slow: boolean): void {
    if (this.#state.type !== 'linked') return;
    if (slow) this.#backOff.slow();
    else if (this.#options.clock.mono() - link.since >= GOOD_LINK_MS) this.#backOff.reset();
    this.start();
  }

  /** The peer has shown that it is there. */
  knocked(): void {
    if (this.#state.type !== 'waiting') return;
    this.#state.cancel();
    this.#try();
  }

  stop(): void {
    if (this.#state.type === 'waiting') this.#state.cancel();
    this.#state = { type: 'stopped' };
  }

  #try(): void {
    this.#state = { type: 'trying' };
    this.#makeLink().then(
      (link) => this.#made(link),
      (error: unknown) => this.#failed(error),
    );
  }

  async #makeLink(): Promise<Link> {
    const { clock, silenceMs } = this.#options;
    const pulse = await this.#greet('pulse', null);
    try {
      // Only now is it known which store that name stands for, so only now can one say what one remembers of it.
      const data = await this.#greet('data', pulse);
      const link = new Link({ pulse: pulse.lane, data: data.lane, hello: data.hello, clock, silenceMs });
      const same = pulse.hello.store === data.hello.store && pulse.hello.incarnation === data.hello.incarnation;
      if (same && !link.isBroken) return link;
      link.close();
      throw new CodedError('no-greeting', 'did not greet: it restarted meanwhile');
    } catch (error) {
      pulse.lane.close();
      throw error;
    }
  }

  #greet(lane: LaneName, before: Greeted | null): Promise<Greeted> {
    const { net, clock, peer, greeter } = this.#options;
    const remembered = before === null ? NOTHING_REMEMBERED : greeter.remembered(before.hello);
    return greet({ net, clock, peer, mine: greeter.hello(lane, peer.name, remembered) });
  }

  #made(link: Link): void {
    if (this.#state.type !== 'trying') {
      link.close();
      return;
    }
    this.#failingSince = null;
    this.#state = { type: 'linked' };
    this.#options.events.linked(link);
  }

  #failed(error: unknown): void {
    if (!(error instanceof CodedError)) throw error;
    if (this.#state.type !== 'trying') return;
    const now = this.#options.clock.mono();
    this.#failingSince ??= now;
    if (error instanceof Refused) this.#backOff.slow();
    this.#options.events.failed(this.#options.peer, error, now - this.#failingSince);
    this.start();
  }
}
