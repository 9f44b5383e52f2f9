/**
 * A cluster of replicas for transcripts: the world of world.ts with every delay fixed, time in the script's hands, and messages
 * that can be held back and handed on one by one. Everything that checks.ts watches over is watched over here too.
 */

import { replicaName } from '#src/base/ids.js';
import { ballotText } from '#src/paxos/ballot.js';
import type { Ineligible, PeerMessage } from '#src/paxos/message.js';
import type { View } from '#src/paxos/view.js';
import { type Line, linesOf } from './lines.js';
import type { Node } from './node.js';
import { optionsOf, refuseUnknown, type Stage, same } from './stage.js';
import { World } from './world.js';

interface Detained {
  readonly from: Node;
  readonly to: Node;
  readonly message: PeerMessage;
}

/** Messages to hold back: from, to (`*` is anybody), type. */
type Order = readonly [from: string, to: string, type: string];

const HIDDEN = [
  ...['heartbeat', 'echo', 'accept', 'accepted', 'fetch', 'values', 'forward', 'read-slot', 'read-slot-answer'],
  ...['log', 'keep', 'decide', 'grant', 'read', 'contact', 'ignore'],
];

export class Ensemble implements Stage {
  readonly hidden = HIDDEN;
  readonly #world: World;
  #caused: Line[] = [];
  #orders: readonly Order[] = [];
  #detained: readonly Detained[] = [];

  constructor(line: string) {
    const { head, options } = optionsOf(line);
    refuseUnknown(options, ['reads', 'delay', 'disk', 'seed', 'histories']);
    const ms = (name: string): readonly [number, number] => {
      const fixed = Number(options.get(name) ?? 1);
      return [fixed, fixed];
    };
    this.#world = new World({
      seed: Number(options.get('seed') ?? 1),
      replicas: Number(head.split(' ')[1]),
      reads: options.get('reads') === 'quorum' ? 'quorum' : 'lease',
      delay: ms('delay'),
      diskMs: ms('disk'),
    });
    this.#world.checks.historiesApart = options.get('histories') === 'apart';
    this.#world.observer = (node, effects) => {
      const at = String(Math.round(this.#world.mono)).padStart(6);
      for (const { kind, text } of linesOf(node.name, effects)) {
        this.#caused.push({ kind, text: `${at} ${text.startsWith(`${node.name} → `) ? '' : `${node.name} `}${text}` });
      }
    };
    this.#world.detains = (from, to, message) => this.#detain({ from, to, message });
  }

  act(words: readonly string[], line: string): readonly Line[] {
    this.#caused = [];
    const [word = '', ...rest] = words;
    const command = this.#commands[word];
    if (word === 'until') this.#until(line);
    else if (command === undefined) throw new Error(`no such command: ${word}`);
    else command(rest);
    return this.#caused;
  }

  check([what = '', first = '', second = '']: readonly string[]): void {
    const world = this.#world;
    switch (what) {
      case 'leader':
        same(what, world.leader()?.name ?? 'nobody', first);
        break;
      case 'round':
        same('the highest round', Math.max(...this.#up.map((node) => this.#view(node).promised.round)), first);
        break;
      case 'writes':
      case 'reads':
        same(what, world.checks[what], first);
        break;
      case 'equal':
        world.checks.equal(this.#up);
        break;
      default:
        this.#checkOf(world.node(first), what, second);
    }
  }

  #checkOf(node: Node, what: string, wanted: string): void {
    const view = this.#view(node);
    const facts: Readonly<Record<string, unknown>> = {
      role: view.role,
      applied: view.decided,
      follows: view.leader,
      promised: ballotText(view.promised),
    };
    if (!(what in facts)) throw new Error(`nothing to check: ${what}`);
    same(`${what} of ${node.name}`, facts[what], wanted);
  }

  readonly #commands: Readonly<Record<string, (rest: readonly string[]) => void>> = {
    start: ([name]) => {
      for (const node of name === undefined ? this.#world.nodes : [this.#world.node(name)]) this.#world.start(node);
    },
    run: ([ms]) => this.#world.run(Number(ms)),
    crash: ([name = '']) => this.#world.crash(this.#world.node(name)),
    wipe: ([name = '']) => this.#world.wipe(this.#world.node(name)),
    pause: ([name = '', ms]) => this.#world.pause(this.#world.node(name), Number(ms)),
    put: ([name = '', count = '1']) => {
      for (let i = 0; i < Number(count); i++) this.#put(this.#world.node(name));
    },
    read: ([name = '']) => {
      const node = this.#world.node(name);
      this.#world.input(node, { type: 'read', id: this.#world.checks.asked(node) });
    },
    drain: ([name = '', on]) => this.#world.input(this.#world.node(name), { type: 'drain', on: on === 'on' }),
    health: ([name = '', word]) => {
      const reason = word === 'good' ? null : (word as Ineligible);
      this.#world.input(this.#world.node(name), { type: 'health', reason });
    },
    disk: ([name = '', ms]) => {
      this.#world.node(name).diskMs = [Number(ms), Number(ms)];
    },
    wall: ([name = '', ms]) => this.#world.node(name).moveWall(Number(ms)),
    cut: ([name = '', ...others]) => {
      for (const other of others) this.#world.cut(this.#world.node(name), this.#world.node(other));
    },
    mute: ([from = '', to = '']) => this.#world.mute(this.#world.node(from), this.#world.node(to)),
    only: (links) => this.#only(links),
    heal: () => this.#world.heal(),
    hold: ([from = '', to = '', type = '']) => {
      this.#orders = [...this.#orders, [from, to, type]];
    },
    deliver: ([from = '', to = '', type = '']) => this.#handOn([from, to, type], true),
    lose: ([from = '', to = '', type = '']) => this.#handOn([from, to, type], false),
    free: () => {
      this.#orders = [];
      this.#handOn(['*', '*', ''], true);
    },
  };

  /** `until leader b within 2000`, `until agreed b …`, `until c applied 7 …`, `until line TEXT …`. */
  #until(line: string): void {
    const [, condition = '', withinMs] = /^until (.*) within (\d+)$/.exec(line) ?? [];
    const [what = '', ...rest] = condition.split(' ');
    const met = (): boolean => {
      if (what === 'line') return this.#caused.some(({ text }) => text.includes(rest.join(' ')));
      if (what === 'leader') return (this.#world.leader()?.name ?? 'nobody') === rest[0];
      if (what === 'agreed') return this.#world.leader()?.name === rest[0] && this.#agreed();
      if (rest[0] === 'applied') return this.#view(this.#world.node(what)).decided >= Number(rest[1]);
      throw new Error(`nothing to wait for: ${line}`);
    };
    if (!this.#world.run(Number(withinMs), met)) {
      throw new Error(
        `not so in time: ${condition}\n${this.#caused
          .map(({ text }) => text)
          .slice(-200)
          .join('\n')}`,
      );
    }
  }

  get #up(): readonly Node[] {
    return this.#world.nodes.filter((node) => node.replica !== null);
  }

  #agreed(): boolean {
    return new Set(this.#up.map((node) => this.#view(node).ballot.round)).size === 1;
  }

  #view(node: Node): View {
    const view = node.replica?.view(node.now(this.#world.mono));
    if (view === undefined) throw new Error(`${node.name} is down`);
    return view;
  }

  #put(node: Node): void {
    const { effects } = node.put('key', `${node.name}${node.next}`, this.#world.mono);
    this.#world.perform(node, effects);
  }

  /** Cuts every link but those named, as `a-b`. */
  #only(links: readonly string[]): void {
    const { nodes } = this.#world;
    for (const a of nodes) {
      for (const b of nodes) {
        if (a.name < b.name && !links.includes(`${a.name}-${b.name}`)) this.#world.cut(a, b);
      }
    }
  }

  #detain(one: Detained): boolean {
    if (!this.#orders.some((order) => matches(one, order))) return false;
    this.#detained = [...this.#detained, one];
    return true;
  }

  #handOn(order: Order, arrives: boolean): void {
    const chosen = this.#detained.filter((one) => matches(one, order));
    this.#detained = this.#detained.filter((one) => !matches(one, order));
    if (arrives) for (const { from, to, message } of chosen) this.#world.deliver(from, to, message);
  }
}

function matches({ from, to, message }: Detained, [a, b, type]: Order): boolean {
  if (a !== '*' && from.name !== replicaName(a)) return false;
  if (b !== '*' && to.name !== replicaName(b)) return false;
  return type === '' || message.type === type;
}
