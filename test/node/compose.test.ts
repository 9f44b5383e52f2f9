// A replica as it is put together, whole, over simulated ports: that the parts fit, that a stop in order costs nobody anything,
// and that what fails at the start or later ends it without a lie.

import { expect } from 'chai';
import { must } from '#src/base/assert.js';
import { CodedError } from '#src/base/errors.js';
import { CLIENT_PORT, ReplicaHouse } from './support/replica-house.js';

/** Between an answer and the next write. */
const PAUSE_MS = 10;

/** Writes through a replica until told to stop; counts answers and the longest time between two. */
function steadyWrites(house: ReplicaHouse, name: string) {
  const answers: string[] = [];
  let going = true;
  let last = house.time.mono();
  let longestMs = 0;
  const next = (number: number): void => {
    if (!going) return;
    void house.put(name, `k${number % 10}`, `v${number}`).then((answer) => {
      answers.push(answer);
      longestMs = Math.max(longestMs, house.time.mono() - last);
      last = house.time.mono();
      house.time.at(last + PAUSE_MS, () => next(number + 1));
    });
  };
  next(0);
  return {
    answers,
    longestMs: () => longestMs,
    stop: () => {
      going = false;
    },
  };
}

describe('replicas', () => {
  it('take writes and linearizable reads, whoever is asked', async () => {
    const house = await ReplicaHouse.led('a', 'b', 'c');
    expect(await house.answer(house.put('c', 'apple', 'green'))).to.equal('OK');
    for (const name of house.names) expect(await house.answer(house.get(name, 'apple'))).to.equal('green');
    expect(house.replica('b').service.leader()).to.deep.equal({ name: 'a', clientAddress: 'a:9000' });
    const status = house.replica('c').service.status();
    expect(status.replicas.map(({ name, role }) => `${name} ${role}`)).to.deep.equal([
      'a leader',
      'b follower',
      'c follower',
    ]);
  });

  it('keep what they acknowledged when all are killed at once', async () => {
    const house = await ReplicaHouse.led('a', 'b', 'c');
    for (let number = 0; number < 20; number++) await house.answer(house.put('b', `k${number}`, `v${number}`));
    for (const name of house.names) house.kill(name);
    await Promise.all(house.names.map((name) => house.start(name)));
    await house.until('a leader', () => house.leader() !== undefined);
    for (let number = 0; number < 20; number++) {
      expect(await house.answer(house.get('c', `k${number}`))).to.equal(`v${number}`);
    }
  });

  it('wait for the leases of their earlier lives while they read their disks, and no longer', async () => {
    const house = await ReplicaHouse.led('a', 'b', 'c');
    const { leaseMs } = house.settings('a').timing;
    for (const name of house.names) house.kill(name);
    const killed = house.time.mono();
    house.latency = () => 20;
    await Promise.all(house.names.map((name) => house.start(name)));
    house.latency = () => 0.3;
    const started = house.time.mono();
    expect(started - killed).to.be.above(leaseMs);
    await house.until('a leader', () => house.leader() !== undefined, leaseMs / 2);
  });

  it('go on when the leader is killed, and take it back when it returns', async () => {
    const house = await ReplicaHouse.led('a', 'b', 'c');
    const writes = steadyWrites(house, 'c');
    await house.time.run(500);
    house.kill('a');
    await house.until('b to lead', () => house.leader() === 'b', 1_000);
    await house.start('a');
    await house.until('a to lead again', () => house.leader() === 'a', 60_000);
    await house.time.run(500);
    writes.stop();
    expect(new Set(writes.answers)).to.deep.equal(new Set(['OK']));
    expect(writes.longestMs()).to.be.lessThan(400);
  });
});

describe('a stop in order', () => {
  it('hands leadership over first: nobody waits longer than a moment', async () => {
    const house = await ReplicaHouse.led('a', 'b', 'c');
    const writes = steadyWrites(house, 'c');
    await house.time.run(500);
    const tookMs = await house.close('a');
    await house.time.run(500);
    writes.stop();
    expect(house.leader()).to.equal('b');
    expect(tookMs).to.be.lessThan(200);
    expect(new Set(writes.answers)).to.deep.equal(new Set(['OK']));
    expect(writes.longestMs()).to.be.lessThan(100);
  });

  it('answers the clients that wait, then closes them, and takes no more', async () => {
    const house = await ReplicaHouse.led('a', 'b', 'c');
    const heard: string[] = [];
    const dialling = house.net.host('x').dial('b', CLIENT_PORT, (connection) => {
      connection.write(Buffer.from('PUT apple green\r\nGET apple\r\n'));
      return {
        data: (bytes) => void heard.push(Buffer.from(bytes).toString()),
        ended: () => connection.end(),
        drained: () => undefined,
        closed: () => void heard.push('closed'),
      };
    });
    await house.answer(dialling);
    await house.time.run(0.15);
    const closing = house.close('b');
    await house.until('the connection to close', () => heard.includes('closed'));
    expect(heard.join('')).to.equal('OK\r\ngreen\r\nclosed');
    const late = house.net.host('x').dial('b', CLIENT_PORT, () => expect.fail('taken'));
    const refusal = await house.answer(late.catch((error: unknown) => String(error)));
    await closing;
    expect(refusal).to.contain('refuses connections');
  });

  it('is quick when it is alone, and loses nothing', async () => {
    const house = await ReplicaHouse.led('a');
    const writes = Array.from({ length: 50 }, (_, number) => house.put('a', `k${number}`, 'v'));
    await house.answer(Promise.all(writes));
    expect(await house.close('a')).to.be.lessThan(100);
    await house.start('a');
    expect(await house.answer(house.get('a', 'k49'))).to.equal('v');
    expect(house.logs.get('a')?.of('warn')).to.deep.equal([]);
  });

  it('is quick when all stop together', async () => {
    const house = await ReplicaHouse.led('a', 'b', 'c');
    const took = await Promise.all(house.names.map((name) => house.close(name)));
    expect(Math.max(...took)).to.be.lessThan(300);
    for (const log of house.logs.values()) expect(log.of('warn did not wait')).to.deep.equal([]);
  });

  it('is over within five seconds when there is no majority to finish with', async () => {
    const house = await ReplicaHouse.led('a', 'b', 'c');
    house.kill('b');
    house.kill('c');
    void house.put('a', 'apple', 'green');
    expect(await house.close('a')).to.be.lessThan(5_000);
  });

  it('gives the directory and the ports back', async () => {
    const house = await ReplicaHouse.led('a', 'b', 'c');
    await house.close('a');
    await house.start('a');
    await house.until('a to lead again', () => house.leader() === 'a', 60_000);
  });
});

describe('a disk that fails', () => {
  it('ends the replica, which says so once and acknowledges nothing more; the others go on', async () => {
    const house = await ReplicaHouse.led('a', 'b', 'c');
    expect(await house.answer(house.put('a', 'apple', 'green'))).to.equal('OK');
    house.fault = (name, { type }) => {
      if (name === 'a' && type === 'write') throw new CodedError('io', 'EIO while writing');
    };
    const answers: string[] = [];
    void house.put('a', 'pear', 'yellow').then((answer) => answers.push(answer));
    await house.time.run(3_000);
    expect(house.fatal).to.deep.equal(['a']);
    expect(house.logs.get('a')?.of('error')).to.have.length(1);
    expect(answers).to.deep.equal([]);
    house.kill('a');
    await house.until('b to lead', () => house.leader() === 'b');
    expect(await house.answer(house.get('c', 'apple'))).to.equal('green');
  });
});

describe('a disk that stalls', () => {
  it('costs the lead after a second, while the write is still outstanding; the others go on', async () => {
    const house = await ReplicaHouse.led('a', 'b', 'c');
    const began = house.time.mono();
    let stalls = 1;
    house.latency = (name, { type }) => (name === 'a' && type === 'write' && stalls-- > 0 ? 4_000 : 0.3);
    const writes = steadyWrites(house, 'c');
    await house.until('b to lead', () => house.leader() === 'b', 2_500);
    await house.time.run(500);
    writes.stop();
    expect(house.time.mono() - began).to.be.lessThan(4_000);
    expect(new Set(writes.answers)).to.deep.equal(new Set(['OK']));
    expect(house.fatal).to.deep.equal([]);
    await house.until('a to lead again', () => house.leader() === 'a', 90_000);
  });
});

describe('a disk without room', () => {
  it('costs new writes here and the lead, not reads, and mends by itself', async () => {
    const house = await ReplicaHouse.led('a', 'b', 'c');
    expect(await house.answer(house.put('a', 'apple', 'green'))).to.equal('OK');
    const disk = must(house.disks.get('a'), 'the disk of a');
    disk.capacity = disk.used();
    const value = 'v'.repeat(100_000);
    const refused = async (): Promise<string> => {
      for (let puts = 0; puts < 1_000; puts++) {
        const answer = await house.answer(house.put('a', 'large', value));
        if (answer !== 'OK') return answer;
      }
      return 'never';
    };
    expect(await refused()).to.contain('busy: the disk of this replica has no room; not executed');
    await house.until('b to lead', () => house.leader() === 'b');
    expect(await house.answer(house.get('a', 'apple'))).to.equal('green');
    expect(await house.answer(house.put('b', 'apple', 'red'))).to.equal('OK');
    expect(house.logs.get('a')?.of('error there is no room')).to.have.length(1);
    disk.capacity *= 100;
    await house.until('a to lead again', () => house.leader() === 'a', 90_000);
    expect(await house.answer(house.put('a', 'apple', 'blue'))).to.equal('OK');
    expect(house.fatal).to.deep.equal([]);
  });

  it('at all of them is told as the reason why nobody leads', async () => {
    const house = new ReplicaHouse('a', 'b', 'c');
    for (const disk of house.disks.values()) disk.capacity = 6 * 1024 * 1024;
    await Promise.all(house.names.map((name) => house.start(name)));
    await house.time.run(1_000);
    expect(house.replica('b').service.status().waiting).to.equal(
      'No leader: none of those within reach may lead: b (disk full), a (disk full), c (disk full).',
    );
  });
});

describe('a start that cannot be', () => {
  const refusalOf = (starting: Promise<unknown>): Promise<string> =>
    starting.then(
      () => 'started',
      (error: unknown) => (error instanceof CodedError ? error.message : `fault: ${error}`),
    );

  it('is refused where another holds the directory', async () => {
    const house = await ReplicaHouse.led('a');
    expect(await refusalOf(house.start('a'))).to.contain('/data is in use');
  });

  it('is refused where a port is taken, and lets go of everything', async () => {
    for (const port of [8000, CLIENT_PORT]) {
      const house = new ReplicaHouse('a');
      const other = await house.net.host('a').listen('a', port, () => expect.fail());
      expect(await refusalOf(house.start('a')), String(port)).to.contain(`a:${port} is in use`);
      await other.close();
      await house.start('a');
      await house.until('a to lead', () => house.leader() === 'a');
    }
  });
});
