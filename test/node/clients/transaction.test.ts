// Transactions on one connection, as transcripts (play.ts): what is gathered, what is sent when, and what keeps it from
// being sent.

import { expect } from 'chai';
import { ClientBench } from './bench.js';
import { asPlayed, play } from './play.js';

const TRANSCRIPTS: Readonly<Record<string, string>> = {
  'is one write, whatever is in it': `
    > send MULTI\\nPUT a one two\\nget a\\nDEL a b\\nEXEC\\n
      1 write EXEC 0 3 PUT a one two 2 GET a 3 DELETE a b
      gets OK | QUEUED | QUEUED | QUEUED
    > done 1
      gets 1) OK | 2) one two | 3) (integer) 1`,

  'is answered in its turn, without waiting': `
    > send PUT x 1\\nMULTI\\nINCR x\\nEXEC\\nMULTI\\nINCR x\\nEXEC\\n
      1 write PUT x 1
      2 write EXEC 0 2 INCR x
      3 write EXEC 0 2 INCR x
    > done 1 2
      gets OK | OK | QUEUED | 1) (integer) 2 | OK | QUEUED
    > done 3
      gets 1) (integer) 3`,

  'of nothing asks nobody': `
    > send MULTI\\nEXEC\\nMULTI\\nPING\\nECHO hi\\nSELECT 0\\nSELECT x\\nUNWATCH\\nEXEC\\n
      gets OK | (empty) | OK | QUEUED | QUEUED | QUEUED | QUEUED | QUEUED | 1) +PONG | 2) hi | 3) OK | 4) ERROR ERR value is not an integer or out of range | 5) OK`,

  'has the replies that are known before at their places': `
    > send MULTI\\nPING\\nINCR n\\nSET n 1 FROB\\nINCR n\\nEXEC\\n
      1 write EXEC 0 2 INCR n 2 INCR n
      gets OK | QUEUED | QUEUED | QUEUED | QUEUED
    > done 1
      gets 1) +PONG | 2) (integer) 1 | 3) ERROR ERR syntax error (quote the value or use PUT); not executed; usage: SET key value [NX|XX|IFEQ old|IFREV rev] [GET] [EX s|PX ms|EXAT s|PXAT ms|KEEPTTL] | 4) (integer) 2`,

  'is executed where what it watches is as it was': `
    > send WATCH a b\\n
      1 read
    > done 1
      gets OK
    > send MULTI\\nPUT a 1\\nEXEC\\n
      2 write EXEC 2 a 0 b 0 3 PUT a 1
      gets OK | QUEUED
    > done 2
      gets 1) OK`,

  'is not where another has written it meanwhile': `
    > other PUT a 1
    > send WATCH a\\nGET a\\n
      1 read
      2 read
    > done 1 2
      gets OK | 1
    > send MULTI\\nPUT a 2\\nEXEC\\n
      3 write EXEC 1 a 1 3 PUT a 2
      gets OK | QUEUED
    > other PUT a 3
    > done 3
      gets (nil)
    > send GET a\\n
      4 read
    > done 4
      gets 3`,

  'waits for the WATCH before it, and knows what that saw': `
    > other PUT a 1
    > send WATCH a\\nMULTI\\nPUT a 2\\nEXEC\\n
      1 read
    > other PUT a 9
    > done 1
      2 write EXEC 1 a 2 3 PUT a 2
      gets OK | OK | QUEUED
    > done 2
      gets 1) OK`,

  'watches by what a key was first': `
    > send WATCH a\\n
      1 read
    > done 1
      gets OK
    > other PUT a 1
    > send WATCH a\\n
      2 read
    > done 2
      gets OK
    > send MULTI\\nPUT a 2\\nEXEC\\n
      3 write EXEC 1 a 0 3 PUT a 2
      gets OK | QUEUED
    > done 3
      gets (nil)`,

  'watches although there is nothing to execute': `
    > send WATCH a\\n
      1 read
    > done 1
      gets OK
    > other PUT a 1
    > send MULTI\\nPING\\nEXEC\\n
      2 write EXEC 1 a 0
      gets OK | QUEUED
    > done 2
      gets (nil)`,

  'is not executed where nobody knows what is watched': `
    > send WATCH a\\nMULTI\\nPUT a 1\\nEXEC\\nMULTI\\nPUT a 1\\nEXEC\\n
      1 read
    > noquorum 1
      2 write EXEC 0 3 PUT a 1
      gets ERROR NOQUORUM no leader with a majority was found within 5 s; not executed; STATUS shows who is missing, READONLY lets you read what this replica has | OK | QUEUED | ERROR EXECABORT Transaction discarded because of previous errors. | OK | QUEUED
    > done 2
      gets 1) OK`,

  'does not watch after UNWATCH, DISCARD or EXEC': `
    > send WATCH a\\nUNWATCH\\nWATCH b\\nMULTI\\nDISCARD\\nWATCH c\\nMULTI\\nEXEC\\nMULTI\\nPUT d 1\\nEXEC\\n
      1 read
    > done 1
      2 read
      gets OK | OK
    > done 2
      3 read
      gets OK | OK | OK
    > done 3
      4 write EXEC 1 c 0
      5 write EXEC 0 3 PUT d 1
      gets OK | OK
    > done 4
      gets (empty) | OK | QUEUED
    > done 5
      gets 1) OK`,

  'is not executed after an error in it': `
    > send MULTI\\nPUT a 1\\nFROB\\nPUT b 1\\nEXEC\\nEXEC\\nMULTI\\nPUT a\\nEXEC\\nMULTI\\nSTATUS\\nEXEC\\nMULTI\\nGET ""\\nEXEC\\n
      gets OK | QUEUED | ERROR ERR unknown command 'FROB'; type HELP | QUEUED | ERROR EXECABORT Transaction discarded because of previous errors. | ERROR ERR EXEC without MULTI | OK | ERROR ERR wrong number of arguments for 'PUT'; not executed; usage: PUT key value | ERROR EXECABORT Transaction discarded because of previous errors. | OK | ERROR ERR Command not allowed inside a transaction | ERROR EXECABORT Transaction discarded because of previous errors. | OK | ERROR ERR the key is empty; not executed; a key has 1 to 1024 bytes | ERROR EXECABORT Transaction discarded because of previous errors.`,

  'does not mind what may not be in it': `
    > send MULTI\\nMULTI\\nWATCH a\\nINCR n\\nEXEC\\n
      1 write EXEC 0 2 INCR n
      gets OK | ERROR ERR MULTI calls can not be nested | ERROR ERR WATCH inside MULTI is not allowed | QUEUED
    > done 1
      gets 1) (integer) 1`,

  'is forgotten by DISCARD, and by RESET': `
    > send DISCARD\\nMULTI\\nPUT a 1\\nDISCARD\\nEXEC\\nMULTI\\nRESET\\nEXEC\\n
      gets ERROR ERR DISCARD without MULTI | OK | QUEUED | OK | ERROR ERR EXEC without MULTI | OK | RESET | ERROR ERR EXEC without MULTI`,

  'is not executed where the client leaves before EXEC': `
    > send MULTI\\nPUT a 1\\nQUIT\\nEXEC\\n
      gets OK | QUEUED | OK
      ended`,

  'has nothing in it that is to be done once': `
    > send MULTI\\nONCE i PUT a 1\\nEXEC\\n
      gets OK | ERROR ERR Command not allowed inside a transaction | ERROR EXECABORT Transaction discarded because of previous errors.`,

  'may end as uncertain as any write': `
    > send MULTI\\nPUT a 1\\nPING\\nEXEC\\nGET a\\n
      1 write EXEC 0 3 PUT a 1
      2 read
      gets OK | QUEUED | QUEUED
    > uncertain 1
      gets ERROR UNCERTAIN handed to a leader but not confirmed by a majority within 5 s; it may be executed now, later or never; read before trying again
    > done 2
      gets (nil)`,
};

describe('a transaction of a client', () => {
  for (const [name, transcript] of Object.entries(TRANSCRIPTS)) {
    it(name, () => expect(play(transcript)).to.equal(asPlayed(transcript)));
  }
});

describe('a transaction that is too large', () => {
  const KIB = 1024;
  const BIG = 'x'.repeat(1024 * KIB);

  it('in keys to look at is refused as well', () => {
    const bench = new ClientBench();
    const client = bench.connect();
    const scans = (count: number): string => bench.ask(client, `MULTI\n${'SCAN 0\n'.repeat(count)}EXEC\n`);
    expect(scans(3)).to.match(/^OK\r\n(QUEUED\r\n){3}1\) 1\) 0\r\n/);
    expect(scans(4)).to.contain('ERROR TOOLARGE a transaction has up to 8192 words; not queued');
  });

  it('in words is refused when it becomes so, and not held', () => {
    const bench = new ClientBench();
    const client = bench.connect();
    const got = bench.ask(client, `MULTI\n${'PUT a 1\n'.repeat(2_100)}EXEC\n`);
    expect(got.split('QUEUED').length - 1).to.equal(2_099);
    expect(got)
      .to.contain('ERROR TOOLARGE a transaction has up to 8192 words; not queued')
      .and.match(/ERROR EXECABORT .*\r\n$/);
    expect(bench.service.asked).to.deep.equal([]);
  });

  it('in bytes, the same', () => {
    const bench = new ClientBench({ requestBytes: 3_000 * KIB });
    const client = bench.connect();
    const before = bench.port.memory.used;
    const got = bench.ask(client, `MULTI\n${`PUT a ${BIG}\n`.repeat(2)}`);
    expect(got).to.equal('OK\r\nQUEUED\r\nQUEUED\r\n');
    expect(bench.port.memory.used - before).to.be.within(2_048 * KIB, 2_100 * KIB);
    expect(bench.ask(client, `PUT a ${BIG}\n`)).to.match(/^ERROR TOOLARGE a transaction has up to 3072000 bytes/);
    expect(bench.port.memory.used - before).to.be.lessThan(KIB);
    expect(bench.ask(client, 'EXEC\n')).to.match(/^ERROR EXECABORT Transaction discarded because of previous errors\./);
  });

  it('in what it adds to the data is not executed', () => {
    const bench = new ClientBench({ dataBytes: 600 });
    const got = bench.ask(
      bench.connect(),
      'MULTI\nPUT a 1\nPUT b 1\nPUT c 1\nPUT d 1\nPUT e 1\nEXEC\nMULTI\nPUT a 1\nEXEC\n',
    );
    expect(got).to.match(
      /ERROR EXECABORT Transaction discarded because of: BUSY the store holds its limit of 600 bytes/,
    );
    expect(got).to.match(/1\) OK\r\n$/);
    expect(bench.service.machine.keys).to.equal(1);
  });

  it('in what it copies is not executed', () => {
    const bench = new ClientBench();
    const got = bench.ask(bench.connect(), `MULTI\nPUT a ${BIG}\n${'APPEND a x\n'.repeat(20)}EXEC\nDBSIZE\n`);
    expect(got).to.match(/ERROR EXECABORT .*: TOOLARGE it copies values of 20971520 bytes.*\r\n\(integer\) 0\r\n$/s);
  });

  it('in keys that it watches is not executed', () => {
    const bench = new ClientBench();
    const keys = (n: number): string => Array.from({ length: 600 }, (_, i) => `k${n}.${i}`).join(' ');
    const got = bench.ask(bench.connect(), `WATCH ${keys(1)}\nWATCH ${keys(2)}\nMULTI\nPUT a 1\nEXEC\n`);
    expect(got).to.match(/^OK\r\nERROR TOOLARGE 1000 keys are watched .*\r\nOK\r\nQUEUED\r\nERROR EXECABORT/);
  });

  it('in what it answers has the replies of a connection under way one at a time', () => {
    const bench = new ClientBench();
    const client = bench.connect();
    bench.ask(client, `PUT big ${BIG}\n`);
    const before = bench.service.asked.length;
    client.send('MULTI\nGET big\nEXEC\n'.repeat(100));
    bench.clock.settle();
    expect(bench.service.asked.length - before).to.equal(1);
  });
});
