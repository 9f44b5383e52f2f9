// ONCE of a client, as transcripts (play.ts): what stands in the log, and what is refused before.

import { expect } from 'chai';
import { ClientBench } from './bench.js';
import { asPlayed, play } from './play.js';

const TRANSCRIPTS: Readonly<Record<string, string>> = {
  'stands before a write, which has its own name in the log': `
    > send once i put a 1\\nONCE i PUT a 1\\nONCE j del a b\\nGET a\\n
      1 write ONCE i 0 PUT a 1
      2 write ONCE i 0 PUT a 1
      3 write ONCE j 0 DELETE a b
      4 read
    > done 1 2 3 4
      gets OK | OK | (integer) 1 | (nil)`,

  'takes the rest of the line for the value of PUT': `
    > send ONCE i PUT a two words\\n
      1 write ONCE i 0 PUT a two words
    > done 1
      gets OK`,

  'is refused for what does not write': `
    > send ONCE i GET a\\nONCE i ONCE j PUT a 1\\nONCE i EXEC\\nONCE i MULTI\\nONCE i PING\\nONCE i CHANGES a FROM 0\\n
      gets ERROR ERR ONCE is for a command that writes; not executed | ERROR ERR ONCE is for a command that writes; not executed | ERROR ERR ONCE is for a command that writes; not executed | ERROR ERR ONCE is for a command that writes; not executed | ERROR ERR ONCE is for a command that writes; not executed | ERROR ERR ONCE is for a command that writes; not executed`,

  'is refused for what is wrong with the write': `
    > send ONCE i FROB a\\nONCE i PUT a\\nONCE i SET a 1 FROB\\nONCE i PUT "" 1\\nONCE i\\nONCE "" PUT a 1\\n
      gets ERROR ERR unknown command 'FROB'; type HELP | ERROR ERR wrong number of arguments for 'PUT'; not executed; usage: PUT key value | ERROR ERR syntax error (quote the value or use PUT); not executed; usage: SET key value [NX|XX|IFEQ old|IFREV rev] [GET] [EX s|PX ms|EXAT s|PXAT ms|KEEPTTL] | ERROR ERR the key is empty; not executed; a key has 1 to 1024 bytes | ERROR ERR wrong number of arguments for 'ONCE'; not executed; usage: ONCE id command ... | ERROR ERR the id has 0 bytes; not executed; an id has 1 to 128 bytes`,

  'ends as any write does': `
    > send ONCE i PUT a 1\\nONCE i PUT a 1\\n
      1 write ONCE i 0 PUT a 1
      2 write ONCE i 0 PUT a 1
    > uncertain 1
      gets ERROR UNCERTAIN handed to a leader but not confirmed by a majority within 5 s; it may be executed now, later or never; read before trying again
    > done 2
      gets OK`,
};

describe('ONCE of a client', () => {
  for (const [name, transcript] of Object.entries(TRANSCRIPTS)) {
    it(name, () => expect(play(transcript)).to.equal(asPlayed(transcript)));
  }

  it('keeps the limits of the write in it', () => {
    const bench = new ClientBench({ valueBytes: 10, dataBytes: 300 });
    const client = bench.connect();
    const got = bench.ask(client, 'ONCE i PUT a 12345678901\nONCE i MSET a 1 b 2 c 3\nONCE i MSET a 1 b 2\n');
    expect(got).to.match(
      /^ERROR TOOLARGE the value has 11 bytes.*\r\nERROR BUSY the store holds its limit.*\r\nOK\r\n$/,
    );
  });

  it('is answered again however full the store is by now, by itself or others', () => {
    const bench = new ClientBench({ valueBytes: 10, dataBytes: 300 });
    const client = bench.connect();
    const ask = (text: string): string => bench.ask(client, text);
    expect(ask('ONCE i APPEND a 123456\n')).to.equal('(integer) 6\r\n');
    expect(ask('ONCE i APPEND a 123456\nGET a\n')).to.equal('(integer) 6\r\n123456\r\n');
    expect(ask('ONCE j PUT b 1\nDELETE b\nPUT c 123456\n')).to.equal('OK\r\n(integer) 1\r\nOK\r\n');
    expect(ask('ONCE j PUT b 1\nGET b\nPUT b 1\n')).to.match(/^OK\r\n\(nil\)\r\nERROR BUSY the store holds its limit/);
  });

  it('has an id of so many bytes at most', () => {
    const bench = new ClientBench();
    const client = bench.connect();
    expect(bench.ask(client, `ONCE ${'i'.repeat(128)} PUT a 1\n`)).to.equal('OK\r\n');
    expect(bench.ask(client, `ONCE ${'i'.repeat(129)} PUT a 1\n`)).to.match(/^ERROR ERR the id has 129 bytes/);
  });
});
