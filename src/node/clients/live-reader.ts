/** What clients' reads see: the state as it is applied here, and the time as the leader's runs on between two stamps. */

import type { Revision } from '../../base/ids.js';
import type { Reader } from '../../kv/command.js';
import type { Entry } from '../../kv/record.js';
import type { Service } from '../service.js';

export class LiveReader implements Reader {
  readonly #service: Pick<Service, 'machine' | 'time'>;

  constructor(service: Pick<Service, 'machine' | 'time'>) {
    this.#service = service;
  }

  get keys(): number {
    return this.#service.machine.keys;
  }

  get revision(): Revision {
    return this.#service.machine.revision;
  }

  get time(): number {
    return this.#service.time;
  }

  get(key: string): Entry | undefined {
    return this.#service.machine.get(key);
  }

  entriesFrom(low: string): Iterable<readonly [string, Entry]> {
    return this.#service.machine.entriesFrom(low);
  }

  scan(place: number, take: (key: string) => void): number {
    return this.#service.machine.scan(place, take);
  }

  dice(): number {
    return this.#service.machine.dice();
  }
}
