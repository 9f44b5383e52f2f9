/**
 * The only caller of the consensus core. It hands every input to `Replica.step` with clock readings taken afresh, and
 * performs the effects in the order in which effects.ts lists them. Once per turn of the event loop it lets the origin
 * number what has gathered, lets the core propose, gives the log one group and every peer few frames. What the inputs and
 * effects mean is known on either side of it, not here.
 */

import type { Chance, Clock } from '../base/clock.js';
import { CodedError, messageOf } from '../base/errors.js';
import { type Lsn, lsn, type ReplicaName, type StoreId } from '../base/ids.js';
import { describeEffects, describeInput } from '../paxos/describe.js';
import type {
  AcceptorState,
  Effects,
  IdentityChange,
  Input,
  LogRecord,
  RangeWanted,
  Repair,
  RoleChange,
} from '../paxos/effects.js';
import type { PeerMessage } from '../paxos/message.js';
import type { Replica } from '../paxos/replica.js';
import type { Identity } from '../store/identity.js';
import type { ReplicaLog } from '../store/log.js';
import { Alarm } from './alarm.js';
import { BacklogGate } from './backlog-gate.js';
import { Health } from './health.js';
import type { Logger } from './logger.js';
import type { Origin } from './origin/origin.js';
import { type Carrier, Outbox } from './outbox.js';
import { RangeReader } from './range-reader.js';
import { RoleLines } from './role-lines.js';
import type { Upkeep } from './snapshots/upkeep.js';

/** What the driver needs of the links. */
export interface DriverLinks extends Carrier {
  /** Closes the link to a peer that does not belong with us. */
  refuse(peer: ReplicaName, reason: string): void;
}

export interface DriverOptions {
  readonly core: Pick<Replica, 'step' | 'acceptorState' | 'canForward'>;
  readonly log: Pick<ReplicaLog, 'append' | 'read' | 'durable' | 'backlog' | 'lose' | 'repair'>;
  readonly store: StoreId;
  readonly identity: Pick<Identity, 'keep'>;
  readonly origin: Pick<Origin, 'begin' | 'flush' | 'apply' | 'answer' | 'granted'>;
  readonly upkeep: Pick<Upkeep, 'start' | 'applied' | 'persisted' | 'want' | 'diverged' | 'agreed'>;
  readonly links: DriverLinks;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly logger: Logger;
  readonly faultRate: number;
  /** Is told of every change of a role after it was logged. */
  roleChanged(change: RoleChange): void;
  /** Something failed after which nothing may be acknowledged: the process has to end. Called once. */
  fatal(error: unknown): void;
}

const WAKE: Input = { type: 'wake' };
const FLUSH: Input = { type: 'flush' };

export class Driver {
  readonly #options: DriverOptions;
  readonly #outbox: Outbox;
  readonly #ranges: RangeReader;
  readonly #alarm: Alarm;
  readonly #health: Health;
  readonly #gate: BacklogGate;
  readonly #roleLines: RoleLines;
  /** Inputs that came up while another was being handled. */
  readonly #waiting: Input[] = [];
  /** This turn's group. */
  #records: LogRecord[] = [];
  /** What peers asked for of the log in this turn. It is read when the log has what was decided by then. */
  #wanted: RangeWanted[] = [];
  /** What the log was told last; null at the start. */
  #told: AcceptorState | null = null;
  /** The end of the log is being repaired: nothing may be appended before. */
  #isRepairing = false;
  #stepping = false;
  #turnEndComes = false;
  #endingTurn = false;
  #wantedAgain = false;
  #stopped = false;

  constructor(options: DriverOptions) {
    const { clock, chance, logger, links, log, core, faultRate } = options;
    this.#options = options;
    this.#outbox = new Outbox(links, chance, faultRate);
    this.#health = new Health(clock, (reason) => this.submit({ type: 'health', reason }));
    this.#gate = new BacklogGate(log, logger);
    this.#roleLines = new RoleLines(logger);
    this.#alarm = new Alarm(clock, {
      rang: () => this.submit(WAKE),
      late: (lateMs) => this.#late(lateMs),
    });
    this.#ranges = new RangeReader({
      log,
      logger,
      state: () => core.acceptorState(),
      send: (to, message) => this.send(to, message),
      fatal: (error) => this.fail('reading the log', error),
    });
  }

  /** Lets the core look around for the first time. */
  start(): void {
    this.submit(WAKE);
    this.#options.upkeep.start();
  }

  /** Nothing happens any more. */
  stop(): void {
    this.#stopped = true;
    this.#alarm.stop();
    this.#health.stop();
  }

  /** Hands an input to the core, at once or, from within another input's effects, right after them. */
  submit(input: Input): void {
    if (this.#stopped || (input.type === 'message' && !this.#gate.admits(input.message))) return;
    if (this.#stepping) {
      this.#waiting.push(input);
      return;
    }
    this.#stepping = true;
    this.#step(input);
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) this.#step(next);
    this.#stepping = false;
    this.#wantTurnEnd();
  }

  /** Sends what is not the core's, at the end of this turn. */
  send(to: ReplicaName, message: PeerMessage): void {
    if (this.#stopped) return;
    this.#outbox.add({ to: [to], message, after: lsn(0) }, this.#options.log.durable);
    this.#wantTurnEnd();
  }

  /** For the origin: commands may be numbered. */
  canForward(): boolean {
    return this.#options.core.canForward(this.#options.clock.mono());
  }

  /** For the origin: something waits for the end of the turn. */
  flushWanted(): void {
    if (this.#endingTurn) this.#wantedAgain = true;
    else this.#wantTurnEnd();
  }

  /** The log: every record up to this LSN is durable. */
  persisted(lsn: Lsn): void {
    if (this.#stopped) return;
    this.#outbox.release(lsn);
    this.submit({ type: 'persisted', lsn });
    this.#options.upkeep.persisted();
  }

  /** The log: whether there is room for new writes. */
  space(ok: boolean): void {
    this.#health.space(ok);
  }

  /** What failed is never tried again: what depends on it is never acknowledged, by anyone. */
  fail(doing: string, error: unknown): void {
    if (this.#stopped) return;
    this.stop();
    const { logger, fatal } = this.#options;
    const code = error instanceof CodedError ? error.code : undefined;
    logger.error(`${doing} failed; this replica stops`, { reason: messageOf(error), code });
    fatal(error);
  }

  #step(input: Input): void {
    const { core, clock, logger } = this.#options;
    // Read here and nowhere else: a lease may end between two inputs of the same turn. The wall clock first: who is stopped
    // between the two takes it for late then, and not for early, which would let keys go before their time.
    const wall = clock.wall();
    const effects = core.step(input, { mono: clock.mono(), wall });
    this.#perform(effects);
    if (logger.debugging) this.#tell(input, effects);
  }

  /** What happened and what it caused, for a reader of the debug log; and why what was ignored was. */
  #tell(input: Input, effects: Effects): void {
    const { logger } = this.#options;
    const caused = describeEffects({ ...effects, ignored: [] });
    if (caused.length > 0) logger.debug('step', { input: describeInput(input), effects: caused.join('; ') });
    for (const reason of effects.ignored) logger.debug('ignored', { reason });
  }

  /** In the order of the fields of Effects; what was decided is applied before anybody is told anything. */
  #perform(effects: Effects): void {
    const { log, origin, upkeep, links } = this.#options;
    for (const record of effects.records) this.#records.push(record);
    for (const change of effects.identity) this.#keep(change);
    for (const decided of effects.decided) {
      origin.apply(decided);
      upkeep.applied(decided);
      origin.answer();
    }
    if (effects.read !== null) origin.granted(effects.read);
    for (const send of effects.sends) this.#outbox.add(send, log.durable);
    for (const range of effects.ranges) this.#wanted.push(range);
    if (effects.snapshot !== null) upkeep.want(effects.snapshot);
    if (effects.loss) this.#lose();
    if (effects.repair !== null) this.#repair(effects.repair);
    if (effects.divergence !== null) upkeep.diverged(effects.divergence.agreedUpTo);
    for (const change of effects.roles) this.#roleChanged(change);
    for (const { peer, reason } of effects.refusals) links.refuse(peer, reason);
    this.#alarm.want(effects.wakeAt);
  }

  #roleChanged(change: RoleChange): void {
    this.#roleLines.tell(change);
    if (change.type === 'agreed') this.#options.upkeep.agreed();
    this.#options.roleChanged(change);
  }

  #lose(): void {
    this.#options.log.lose().then(
      () => this.submit({ type: 'loss-noted' }),
      (error: unknown) => this.fail('noting that the log lost its end', error),
    );
  }

  #repair(repair: Repair): void {
    // What earlier steps of this turn wrote down goes before it: a learner repairs at once, and may have just learned something.
    if (this.#records.length > 0) this.#append();
    this.#isRepairing = true;
    this.#options.log.repair(repair).then(
      () => {
        this.#isRepairing = false;
        this.submit({ type: 'repaired' });
      },
      (error: unknown) => this.fail('repairing the log', error),
    );
  }

  #keep(change: IdentityChange): void {
    const { identity, origin, store } = this.#options;
    identity.keep(change).then(
      () => {
        this.submit({ type: 'identity-kept', identity: change });
        if (change.type === 'incarnation' && !this.#stopped) origin.begin({ store, incarnation: change.incarnation });
      },
      (error: unknown) => this.fail('writing the identity file', error),
    );
  }

  #wantTurnEnd(): void {
    if (this.#turnEndComes || this.#stopped) return;
    this.#turnEndComes = true;
    this.#options.clock.endOfTurn(() => this.#endTurn());
  }

  #endTurn(): void {
    if (this.#stopped) return;
    this.#endingTurn = true;
    this.#wantedAgain = false;
    this.#options.origin.flush();
    this.submit(FLUSH);
    this.#append();
    this.#read();
    this.#endingTurn = false;
    this.#turnEndComes = false;
    // What sending brings up (a link may fall) belongs to the next turn.
    this.#outbox.flush();
    if (this.#wantedAgain) this.#wantTurnEnd();
  }

  #read(): void {
    if (this.#wanted.length === 0) return;
    const wanted = this.#wanted;
    this.#wanted = [];
    for (const range of wanted) this.#ranges.want(range);
  }

  /** One group a turn; without records the log only learns how far its slots are decided and kept, for its next mark. */
  #append(): void {
    const { core, log } = this.#options;
    if (this.#isRepairing) return;
    const state = core.acceptorState();
    const records = this.#records;
    const { decidedUpTo, firstSlot } = this.#told ?? {};
    if (records.length === 0 && state.decidedUpTo === decidedUpTo && state.firstSlot === firstSlot) return;
    this.#told = state;
    this.#records = [];
    log.append(records, state);
  }

  #late(lateMs: number): void {
    const news = this.#health.late(lateMs);
    if (news) this.#options.logger.warn('the event loop was held up', { lateMs: Math.round(lateMs) });
  }
}
