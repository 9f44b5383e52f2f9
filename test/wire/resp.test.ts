// RESP requests: what they mean wherever the stream is cut; what is refused and the stream goes on; what closes it.

import { expect } from 'chai';
import fc from 'fast-check';
import { RequestReader } from '#src/wire/request-reader.js';

/** The requests in short: argv (with `inline` before it where it was), `!CODE text` for a refusal, `close !CODE text`. */
function taken(reader: RequestReader): (readonly string[] | string)[] {
  const out: (readonly string[] | string)[] = [];
  for (let request = reader.next(); request !== undefined; request = reader.next()) {
    if (request.type === 'command') out.push(request.syntax === 'resp' ? request.argv : ['inline', ...request.argv]);
    else {
      const { reply } = request;
      const error = reply?.type === 'error' ? `!${reply.code} ${reply.text}` : '';
      out.push(request.type === 'close' ? `close ${error}` : error);
    }
  }
  return out;
}

function read(text: string, maxBytes?: number): (readonly string[] | string)[] {
  const reader = new RequestReader(maxBytes);
  reader.push(Buffer.from(text, 'latin1'));
  return taken(reader);
}

function asResp(argv: readonly string[]): string {
  return `*${argv.length}\r\n${argv.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
}

const PING = asResp(['PING']);
const word = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('latin1'));

describe('a RESP request', () => {
  it('is its words, whatever bytes they hold', () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 6 }), (argv) => {
        expect(read(asResp(argv))).to.deep.equal([argv]);
      }),
    );
  });

  for (const [text, expected] of [
    ['*0\r\n*-1\r\n', []],
    [`*0\r\n${PING}`, [['PING']]],
    [`PING\r\n${PING}\r\n\nPING\n`, [['inline', 'PING'], ['PING'], ['inline', 'PING']]],
    ['*x\r\n', ['close !ERR Protocol error: invalid multibulk length']],
    ['*\r\n', ['close !ERR Protocol error: invalid multibulk length']],
    ['*12345678901', ['close !ERR Protocol error: invalid multibulk length']],
    ['*1048577\r\n', ['close !ERR Protocol error: invalid multibulk length']],
    ['*1\rx', ['close !ERR Protocol error: invalid multibulk length']],
    ['*1\r\nPING\r\n', ["close !ERR Protocol error: expected '$', got 'P'"]],
    ['*1\r\n\r\n', ["close !ERR Protocol error: expected '$', got ' '"]],
    ['*1\r\n$-1\r\n', ['close !ERR Protocol error: invalid bulk length']],
    ['*1\r\n$4x\r\nPING\r\n', ['close !ERR Protocol error: invalid bulk length']],
    ['*1\r\n$536870913\r\n', ['close !ERR Protocol error: invalid bulk length']],
    ['*1\r\n$3\r\nPING\r\n', ['close !ERR Protocol error: expected CRLF behind a bulk string']],
  ] as const) {
    it(`${JSON.stringify(text)} reads ${JSON.stringify(expected)}`, () => {
      expect(read(text)).to.deep.equal(expected);
    });
  }

  it('that closes is the last', () => {
    expect(read(`${PING}*x\r\n${PING}`)).to.deep.equal([
      ['PING'],
      'close !ERR Protocol error: invalid multibulk length',
    ]);
  });

  it('means the same wherever the stream is cut, and is its own memory', () => {
    const all = Buffer.from(
      `${PING}PUT a b c\r\n${asResp(['SET', 'k', '*1\r\n$4\r\n\x00\xff'])}*0\r\n${asResp(['', ''])}GET k\n${PING}`,
      'latin1',
    );
    const whole = read(all.toString('latin1'));
    expect(whole).to.have.length(6);
    for (let cut = 0; cut <= all.length; cut++) {
      const reader = new RequestReader();
      const early = Buffer.from(all.subarray(0, cut));
      reader.push(early);
      const found = taken(reader);
      reader.keep();
      early.fill(0x2a);
      reader.push(all.subarray(cut));
      expect([...found, ...taken(reader)], `cut at ${cut}`).to.deep.equal(whole);
    }
    const drip = new RequestReader();
    const dripped = [...all].flatMap((byte) => {
      drip.push(Uint8Array.of(byte));
      return taken(drip);
    });
    expect(dripped).to.deep.equal(whole);
  });

  it('that the end of the stream cuts off is not executed', () => {
    const whole = asResp(['DELETE', 'apple']);
    for (let cut = 1; cut < whole.length; cut++) {
      const reader = new RequestReader();
      reader.push(Buffer.from(PING + whole.slice(0, cut)));
      const early = taken(reader);
      reader.end();
      expect([...early, ...taken(reader)], `cut at ${cut}`).to.deep.equal([
        ['PING'],
        'close !ERR Protocol error: the last request was cut off; it was not executed',
      ]);
    }
  });

  it('may be any bytes, and takes no memory beyond the limit', () => {
    const odd = fc.oneof(fc.constantFrom(PING, '*2\r\n', '$3\r\n', '$0\r\n\r\n', '$99\r\n', '\r\n', '*'), word);
    fc.assert(
      fc.property(fc.array(odd, { maxLength: 12 }), fc.integer({ min: 10, max: 60 }), (chunks, max) => {
        const reader = new RequestReader(max);
        for (const chunk of chunks) {
          reader.push(Buffer.from(chunk, 'latin1'));
          taken(reader);
          expect(reader.waiting).to.be.at.most(max + 2 + 60);
        }
        reader.end();
        taken(reader);
        expect(reader.waiting).to.equal(0);
      }),
    );
  });
});

describe('a large RESP request', () => {
  const TOO_LARGE = '!TOOLARGE the request is longer than 40 bytes; it was not executed';

  it('is refused as a whole, and the next is read', () => {
    for (const argv of [
      ['SET', 'k', 'v'.repeat(50)],
      ['SET', 'k'.repeat(20), 'v'.repeat(20)],
      ['MSET', ...Array.from({ length: 20 }, () => 'a')],
    ]) {
      expect(read(asResp(argv) + PING, 40)).to.deep.equal([TOO_LARGE, ['PING']]);
    }
  });

  it('is dropped as it comes', () => {
    const reader = new RequestReader(40);
    reader.push(Buffer.from('*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$500000000\r\n'));
    const chunk = Buffer.alloc(1_000_000, '*');
    for (let i = 0; i < 500; i++) {
      expect(taken(reader)).to.deep.equal([]);
      expect(reader.waiting).to.equal(0);
      reader.push(chunk);
    }
    expect(taken(reader)).to.deep.equal([]);
    reader.push(Buffer.from(`\r\n${PING}`));
    expect(taken(reader)).to.deep.equal([TOO_LARGE, ['PING']]);
  });

  it('of more words than any command takes is passed over as it comes', () => {
    const argv = ['MSET', ...Array.from({ length: 20_000 }, () => 'a')];
    const reader = new RequestReader();
    const text = Buffer.from(asResp(argv) + PING);
    let found: readonly (readonly string[] | string)[] = [];
    for (let at = 0; at < text.length; at += 10_000) {
      reader.push(text.subarray(at, at + 10_000));
      found = [...found, ...taken(reader)];
      expect(reader.waiting).to.be.lessThan(100);
    }
    expect(found).to.deep.equal(['!TOOLARGE the request has 20001 words; it was not executed', ['PING']]);
  });

  it('of many words that drips in is not looked through again and again', () => {
    const words = Array.from({ length: 16_000 }, (_, i) => `${i}`);
    const text = Buffer.from(asResp(['DELETE', ...words]));
    const reader = new RequestReader();
    let found: readonly (readonly string[] | string)[] = [];
    for (let at = 0; at < text.length && found.length === 0; at += 100) {
      reader.push(text.subarray(at, at + 100));
      found = taken(reader);
    }
    expect(found).to.deep.equal([['DELETE', ...words]]);
  });
});
