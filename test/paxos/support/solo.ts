/**
 * One replica among puppets, for exact schedules: every message that reaches it stands in the script or is a helpful puppet's
 * obliging answer. Its log is durable at once unless the script takes that into its own hands. After every line of a script
 * comes the end of the turn, as a driver would make it.
 */

import { incarnation, lsn, replicaName, type Slot, type StoreId, slot } from '#src/base/ids.js';
import { ballotText, DECIDED, isDecided } from '#src/paxos/ballot.js';
import type { Effects, IdentityChange, Input, LogRecord, Send } from '#src/paxos/effects.js';
import { foundingDigest } from '#src/paxos/membership.js';
import type { Held, Ineligible, PeerMessage } from '#src/paxos/message.js';
import { DEFAULT_TIMING } from '#src/paxos/timing.js';
import { NOOP, type Value } from '#src/paxos/value.js';
import { type Line, linesOf } from './lines.js';
import { Node } from './node.js';
import { readBallot, readHeld, readMessage, readRun, readValue, storeOf } from './notation.js';
import { type Manners, Puppet } from './puppet.js';
import { optionsOf, refuseUnknown, type Stage, same } from './stage.js';

const OPTIONS = [
  ...['priority', 'reads', 'restart', 'life', 'fresh', 'decided', 'promised', 'holds', 'seats', 'store'],
  ...['faulty', 'lost', 'log'],
];

export class Solo implements Stage {
  readonly hidden = ['heartbeat', 'echo', 'contact'];
  readonly #node: Node;
  readonly #puppets: ReadonlyMap<string, Puppet>;
  #mono = 0;
  #wakeAt = Number.NEGATIVE_INFINITY;
  #diskByHand = false;
  /** Records are durable up to here. */
  #durable = 0;
  #reads = 0;
  /** What a snapshot that is installed has as its configuration. */
  readonly #seats: Value;
  /** One was: the state machine has not what it would need to go on. */
  #installed = false;
  #caused: Line[] = [];
  /** What waits for a record to be durable before it leaves. */
  #withheld: Send[] = [];

  constructor(line: string) {
    const { head, options } = optionsOf(line);
    refuseUnknown(options, OPTIONS);
    const [, self = '', , ...names] = head.split(' ');
    const members = names.map(replicaName);
    const name = replicaName(self);
    const decided = options.has('fresh') ? 0 : Number(options.get('decided') ?? 1);
    this.#puppets = new Map(
      members.map((other, at) => {
        const contacts = members.filter((member) => member !== other);
        return [other, new Puppet(other, names.length - at, contacts, slot(decided))];
      }),
    );
    const priority = Number(options.get('priority') ?? names.length - members.indexOf(name));
    const reads = options.get('reads') === 'quorum' ? 'quorum' : 'lease';
    this.#node = new Node({ name, priority, names: members, timing: DEFAULT_TIMING, reads }, storeOf(self), 0);
    if (options.has('store')) this.#node.store = storeOf(options.get('store') ?? '');
    this.#node.lives = Number(options.get('life') ?? 1) - 1;
    const seats = options.get('seats') ?? members.map((other) => `${other}=${other}`).join(' ');
    this.#seats = readValue(`configuration(${seats})`);
    if (!options.has('fresh')) {
      this.#prefill(options, decided);
      for (const other of members) this.#node.heard.set(other, storeOf(other));
    }
    this.#node.start(this.#mono, Number(options.get('restart') ?? 0));
  }

  act(words: readonly string[], line: string): readonly Line[] {
    this.#caused = [];
    const [word = '', ...rest] = words;
    if (word.endsWith(':')) this.#speak(this.#puppet(word.slice(0, -1)), line.slice(word.length + 1));
    else {
      const command = this.#commands[word];
      if (command === undefined) throw new Error(`no such command: ${word}`);
      command(rest);
    }
    return this.#caused;
  }

  check([what = '', ...rest]: readonly string[]): void {
    const view = this.#node.replica?.view(this.#node.now(this.#mono));
    if (view === undefined) throw new Error('the replica is down');
    const facts: Readonly<Record<string, unknown>> = {
      role: view.role,
      lease: Math.ceil(view.leaseLeftMs),
      promised: ballotText(view.promised),
      decided: view.decided,
      ineligible: view.ineligible ?? 'no',
      time: this.#mono,
      faulty: view.faultySlots,
      lost: view.lost === null ? 'no' : `waits for ${view.lost.waitsFor.join(' ') || 'nobody'}`,
      diverged: view.diverged,
      lineage: this.#node.replica?.lineage.replace(/^0+/, ''),
      founding: view.founded,
      first: view.firstSlot,
    };
    if (!(what in facts)) throw new Error(`nothing to check: ${what}`);
    same(what, facts[what], rest.join(' '));
  }

  readonly #commands: Readonly<Record<string, (rest: readonly string[]) => void>> = {
    link: ([name = '', ...rest]) => this.#link(name, rest.join(' ')),
    unlink: ([name = '']) => this.#input({ type: 'link-down', peer: replicaName(name) }),
    helpful: (names) => this.#help(names, 'helpful'),
    polite: (names) => this.#help(names, 'polite'),
    silent: (names) => {
      for (const name of names) this.#puppet(name).manners = 'silent';
    },
    stingy: (names) => {
      for (const name of names) this.#puppet(name).grants = false;
    },
    unwilling: (names) => {
      for (const name of names) this.#puppet(name).willing = false;
    },
    wait: ([ms]) => this.#wait(Number(ms)),
    stall: ([ms]) => {
      this.#mono += Number(ms);
    },
    wake: () => this.#input({ type: 'wake' }),
    disk: (rest) => {
      this.#diskByHand = rest.join(' ') === 'by hand';
    },
    persist: () => this.#persist(),
    propose: ([count = '1']) => this.#propose(Number(count)),
    read: () => {
      this.#reads += 1;
      this.#input({ type: 'read', id: this.#reads });
    },
    drain: ([on]) => this.#input({ type: 'drain', on: on === 'on' }),
    health: ([reason]) => this.#input({ type: 'health', reason: reason === 'good' ? null : (reason as Ineligible) }),
    kept: (rest) => this.#input({ type: 'identity-kept', identity: identityOf(rest) }),
    wall: ([ms]) => this.#node.moveWall(Number(ms)),
    clock: ([name = '', ms]) => {
      this.#puppet(name).wallOffset = Number(ms);
    },
    applied: ([name = '', at]) => {
      this.#puppet(name).applied = slot(Number(at));
      this.#puppet(name).applies = false;
    },
    restart: () => this.#restart(),
    trimmed: ([at]) => this.#input({ type: 'trimmed', firstSlot: slot(Number(at)) }),
    installed: ([at, stamp = '0', lineage = 'b']) => this.#install(slot(Number(at)), Number(stamp), storeOf(lineage)),
    rebuilt: ([at, lineage = '']) =>
      this.#input({ type: 'rebuilt', slot: slot(Number(at)), lineage: storeOf(lineage) }),
    checkpoint: ([text = '']) => {
      const [at, digest = ''] = text.split('=');
      this.#input({ type: 'checkpoint', checkpoint: { slot: slot(Number(at)), digest } });
    },
    noted: () => this.#input({ type: 'loss-noted' }),
    repaired: () => this.#input({ type: 'repaired' }),
  };

  /** The puppet says what the script lets it say. */
  #speak(puppet: Puppet, text: string): void {
    const { wall } = this.#node.now(this.#mono);
    const defaults = text.startsWith('heartbeat') ? puppet.next(wall) : puppet.defaults(wall);
    this.#input({ type: 'message', from: puppet.name, message: readMessage(text, defaults) });
  }

  #link(name: string, text: string): void {
    const puppet = this.#puppet(name);
    const store = /store (\S+)/.exec(text)?.[1];
    const life = /life (\d+)/.exec(text)?.[1];
    const remembers = /remembers (\d+)/.exec(text)?.[1];
    const durable = /lsn (\d+)/.exec(text)?.[1];
    if (life !== undefined) puppet.begin(Number(life));
    this.#input({
      type: 'link-up',
      peer: puppet.name,
      store: storeOf(store ?? name),
      incarnation: incarnation(puppet.life),
      remembered: remembers === undefined ? null : incarnation(Number(remembers)),
      rememberedLsn: durable === undefined ? null : lsn(Number(durable)),
      founding: /founding (\S+)/.exec(text)?.[1] ?? this.#node.founding,
    });
  }

  #help(names: readonly string[], manners: Manners): void {
    const { wall } = this.#node.now(this.#mono);
    for (const name of names) this.#link(name, '');
    for (const name of names) this.#puppet(name).manners = manners;
    for (const name of names) {
      const puppet = this.#puppet(name);
      this.#input({ type: 'message', from: puppet.name, message: puppet.next(wall).heartbeat });
      this.#input({
        type: 'message',
        from: puppet.name,
        message: { ...puppet.defaults(wall).echo, willing: puppet.willing },
      });
    }
  }

  #wait(forMs: number): void {
    const end = this.#mono + forMs;
    const before = this.#caused;
    for (let wakes = 0; this.#wakeAt <= end; wakes++) {
      if (wakes > 1_000) throw new Error(`it wants to be woken again and again at ${this.#mono}`);
      this.#mono = Math.max(this.#mono, this.#wakeAt);
      this.#wakeAt = Number.POSITIVE_INFINITY;
      this.#caused = [];
      this.#input({ type: 'wake' });
      const at = `at ${Math.round(this.#mono)}: `;
      before.push(...this.#caused.map(({ kind, text }) => ({ kind, text: at + text })));
    }
    this.#caused = before;
    this.#mono = end;
  }

  /** One input, the end of its turn, and whatever helpful puppets answer. */
  #input(input: Input): void {
    const waiting: Input[] = [input];
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      waiting.push(...this.#step(next), ...this.#step({ type: 'flush' }));
      if (!this.#diskByHand) waiting.push(...this.#append());
    }
  }

  #step(input: Input): readonly Input[] {
    const effects = this.#node.step(input, this.#mono);
    this.#wakeAt = effects.wakeAt;
    this.#caused.push(...linesOf(this.#node.name, effects));
    const leave = effects.sends.filter(({ after }) => after <= this.#durable);
    this.#withheld.push(...effects.sends.filter(({ after }) => after > this.#durable));
    return [...this.#apply(effects), ...this.#answers(leave)];
  }

  #apply(effects: Effects): readonly Input[] {
    for (const decided of this.#installed ? [] : effects.decided)
      this.#node.machine.apply(decided, this.#node.session, () => undefined);
    if (this.#diskByHand) return [];
    if (effects.repair !== null) this.#durable = effects.repair.nextLsn - 1;
    const repaired: readonly Input[] = effects.repair === null ? [] : [{ type: 'repaired' }];
    const kept = effects.identity.map((identity): Input => {
      if (identity.type === 'heard') this.#node.heard.set(identity.name, identity.store);
      return { type: 'identity-kept', identity };
    });
    const noted: readonly Input[] = effects.loss ? [{ type: 'loss-noted' }] : [];
    return [...noted, ...repaired, ...kept];
  }

  #answers(sends: readonly Send[]): readonly Input[] {
    const { wall } = this.#node.now(this.#mono);
    return sends.flatMap(({ to, message }) =>
      to.flatMap((name) =>
        this.#puppet(name)
          .take(message, wall)
          .map((answer: PeerMessage): Input => ({ type: 'message', from: name, message: answer })),
      ),
    );
  }

  #append(): readonly Input[] {
    const last = this.#node.append(this.#mono);
    if (last === null) return [];
    this.#durable = last;
    const leave = this.#withheld;
    this.#withheld = [];
    return [{ type: 'persisted', lsn: last }, ...this.#answers(leave)];
  }

  /** Everything appended so far is durable. */
  #persist(): void {
    for (const input of this.#append()) this.#input(input);
  }

  #propose(count: number): void {
    for (let i = 0; i < count; i++) {
      const { effects } = this.#node.put('key', 'value', this.#mono);
      this.#caused.push(...linesOf(this.#node.name, effects));
    }
    this.#input({ type: 'flush' });
  }

  /** The state of a snapshot takes the place of the state machine's; its configuration is the founding one. */
  #install(at: Slot, lastStamp: number, lineage: StoreId): void {
    const value = this.#seats;
    if (value.type !== 'configuration') throw new Error('a configuration is one');
    this.#installed = true;
    const founding = foundingDigest(value);
    this.#input({ type: 'installed', slot: at, configuration: value, founding, lastStamp, lineage });
  }

  /** The process dies and comes back: what is not durable is lost. */
  #restart(): void {
    this.#node.crash(this.#mono);
    this.#withheld = [];
    this.#node.start(this.#mono);
    this.#wakeAt = Number.NEGATIVE_INFINITY;
  }

  /** What the log holds when the script begins. */
  #prefill(options: ReadonlyMap<string, string>, decided: number): void {
    const founding = this.#seats;
    const promised = readBallot(options.get('promised') ?? 'none');
    const held = (options.get('holds') ?? '')
      .split(' + ')
      .filter((text) => text !== '')
      .map(readHeld);
    this.#node.faulty = (options.get('faulty') ?? '')
      .split(' + ')
      .filter((text) => text !== '')
      .map(readRun);
    this.#node.lost = options.has('lost');
    const values: Held[] = Array.from({ length: decided }, (_, i) => {
      return { slot: slot(i + 1), ballot: DECIDED, value: i === 0 ? founding : NOOP };
    });
    const records = [...values, ...held].map((entry, i) => recordOf(entry, i + 1));
    this.#durable = records.length;
    this.#node.groups.push({
      records,
      durableAt: Number.NEGATIVE_INFINITY,
      state: {
        promised,
        decidedUpTo: slot(decided),
        firstSlot: slot(Number(options.get('log')?.replace('from ', '') ?? 1)),
        highestSlot: slot(Math.max(decided, held.at(-1)?.slot ?? 0, this.#node.faulty.at(-1)?.to ?? 0)),
      },
    });
  }

  #puppet(name: string): Puppet {
    const puppet = this.#puppets.get(name);
    if (puppet === undefined) throw new Error(`no peer ${name}`);
    return puppet;
  }
}

function recordOf({ slot: at, ballot, value }: Held, number: number): LogRecord {
  if (isDecided(ballot)) return { type: 'decided', lsn: lsn(number), slot: at, value };
  return { type: 'accepted', lsn: lsn(number), slot: at, ballot, value };
}

function identityOf([word = '', rest = '']: readonly string[]): IdentityChange {
  if (word === 'incarnation') return { type: 'incarnation', incarnation: incarnation(Number(rest)) };
  const [name = '', store = ''] = rest.split('=');
  return { type: 'heard', name: replicaName(name), store: storeOf(store) };
}
