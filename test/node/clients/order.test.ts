// The order of one connection, as transcripts. `>` is what happens: a client sends, the service has done request n (counted from
// 1 over reads and writes). Indented below it is all that follows: what the service is asked, what the client gets.

import { expect } from 'chai';
import { ClientBench } from './bench.js';
import { asPlayed, play } from './play.js';

const TRANSCRIPTS: Readonly<Record<string, string>> = {
  'writes are under way together, answered in order': `
    > send PUT a 1\\nPUT b 2\\nDELETE a\\n
      1 write PUT a 1
      2 write PUT b 2
      3 write DELETE a
    > done 1
      gets OK
    > done 2 3
      gets OK | (integer) 1`,

  'reads are under way together, answered in order': `
    > send GET a\\nEXISTS a b\\nDBSIZE\\n
      1 read
      2 read
      3 read
    > done 2
    > done 1
      gets (nil) | (integer) 0
    > done 3
      gets (integer) 0`,

  'a write waits until the reads before it are answered': `
    > send GET a\\nGET b\\nPUT a 1\\nPUT b 1\\n
      1 read
      2 read
    > done 2
    > done 1
      3 write PUT a 1
      4 write PUT b 1
      gets (nil) | (nil)
    > done 3 4
      gets OK | OK`,

  'a read is asked for at once and evaluated after the writes before it': `
    > send PUT a 1\\nGET a\\n
      1 write PUT a 1
      2 read
    > done 2
    > done 1
      gets OK | 1`,

  'reads and writes in turn go on step by step': `
    > send PUT a 1\\nGET a\\nPUT a 2\\nGET a\\n
      1 write PUT a 1
      2 read
    > done 1
      gets OK
    > done 2
      3 write PUT a 2
      4 read
      gets 1
    > done 3 4
      gets OK | 2`,

  'a write that no longer concerns an uncertain one goes on': `
    > send PUT a 1\\nGET a\\n
      1 write PUT a 1
      2 read
    > uncertain 1
      gets ERROR UNCERTAIN handed to a leader but not confirmed by a majority within 5 s; it may be executed now, later or never; read before trying again
    > done 2
      gets (nil)`,

  'what is not in the log waits for everything before it': `
    > send PUT a 1\\nPING\\nFROB\\nGET a\\n
      1 write PUT a 1
    > done 1
      2 read
      gets OK | +PONG | ERROR ERR unknown command 'FROB'; type HELP
    > done 2
      gets 1`,

  'under READONLY reads ask nobody, and still follow the writes before them': `
    > send READONLY\\nGET a\\nPUT a 1\\nGET a\\n
      1 write PUT a 1
      gets OK | (nil)
    > done 1
      gets OK | 1
    > send READWRITE\\nGET a\\n
      2 read
      gets OK
    > done 2
      gets 1`,

  'QUIT is answered after what was due, and nothing behind it is done': `
    > send PUT a 1\\nQUIT\\nPUT b 1\\n
      1 write PUT a 1
    > done 1
      gets OK | OK
      ended`,

  'a client that sends no more gets what is due, then the end': `
    > send PUT a 1\\nGET a\\n
      1 write PUT a 1
      2 read
    > ended
    > done 1
      gets OK
    > done 2
      gets 1
      ended`,

  'a client that sends no more while a write waits for a read': `
    > send GET a\\nPUT a 1\\n
      1 read
    > ended
    > done 1
      2 write PUT a 1
      gets (nil)
    > done 2
      gets OK
      ended`,

  'a client that leaves is forgotten, and what it asked is executed': `
    > send PUT a 1\\nGET a\\nPUT b 1\\n
      1 write PUT a 1
      2 read
    > destroyed
      destroyed
    > done 1 2`,

  'a browser is not answered': `
    > send POST / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\nPUT a 1\\r\\n
      ended`,

  'no leader within the timeout': `
    > send GET a\\nPUT a 1\\n
      1 read
    > noquorum 1
      2 write PUT a 1
      gets ERROR NOQUORUM no leader with a majority was found within 5 s; not executed; STATUS shows who is missing, READONLY lets you read what this replica has
    > noquorum 2
      gets ERROR NOQUORUM no leader with a majority was found within 5 s; not executed; STATUS shows who is missing, READONLY lets you read what this replica has`,
};

describe('client connection: order', () => {
  for (const [name, transcript] of Object.entries(TRANSCRIPTS)) {
    it(name, () => expect(play(transcript)).to.equal(asPlayed(transcript)));
  }
});

describe('a replica whose state is not to be trusted', () => {
  it('shows it to nobody, also not under READONLY', () => {
    const bench = new ClientBench();
    bench.service.distrusted = true;
    const client = bench.connect();
    client.send('READONLY\nGET a\n');
    bench.clock.settle();
    expect(bench.service.asked.map(({ words }) => words)).to.deep.equal([null]);
    expect(client.received()).to.equal('OK\r\n');
  });

  it('shows it to nobody whose read was granted before that was found out', () => {
    const bench = new ClientBench();
    const client = bench.connect();
    client.send('PUT a 1\nGET a\n');
    bench.clock.settle();
    const read = bench.service.asked.findIndex(({ words }) => words === null);
    expect(read).to.be.greaterThan(-1);
    bench.service.finish(read);
    bench.service.distrusted = true;
    bench.service.finish(1 - read);
    bench.clock.settle();
    expect(client.received()).to.match(/^OK\r\nERROR BUSY the state of this replica is not that of the others/);
  });
});
