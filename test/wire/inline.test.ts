// The inline syntax: what a line means, wherever the stream is cut; what is refused and the stream goes on; what closes it.

import { expect } from 'chai';
import fc from 'fast-check';
import type { ClientRequest } from '#src/wire/client-request.js';
import { inlineHint } from '#src/wire/inline.js';
import { REQUEST_BYTES, RequestReader } from '#src/wire/request-reader.js';

/** The requests of `reader` in short: argv, `!CODE text` for a refusal, `close` or `close !CODE text`. */
function taken(reader: RequestReader): (readonly string[] | string)[] {
  const out: (readonly string[] | string)[] = [];
  for (let request = reader.next(); request !== undefined; request = reader.next()) out.push(short(request));
  return out;
}

function short(request: ClientRequest): readonly string[] | string {
  if (request.type === 'command') return request.argv;
  const { reply } = request;
  const error = reply?.type === 'error' ? `!${reply.code} ${reply.text}` : '';
  return request.type === 'close' ? `close ${error}`.trim() : error;
}

function read(text: string, maxLine?: number): (readonly string[] | string)[] {
  const reader = new RequestReader(maxLine);
  reader.push(Buffer.from(text, 'latin1'));
  return taken(reader);
}

const CUT_OFF = '!ERR the last line had no line end; it was not executed';
const UNBALANCED = '!ERR unbalanced quotes in request; it was not executed';

describe('a line', () => {
  const lines: readonly (readonly [string, readonly string[] | string])[] = [
    ['GET apple', ['GET', 'apple']],
    ['get apple', ['get', 'apple']],
    ['  GET \t apple  ', ['GET', 'apple']],
    ['DELETE a b c', ['DELETE', 'a', 'b', 'c']],
    ['?', ['?']],
    ['GET caf\xc3\xa9', ['GET', 'caf\xc3\xa9']],
    ['GET \x00\xfe', ['GET', '\x00\xfe']],
    // Quotes.
    ['GET "two words"', ['GET', 'two words']],
    ["GET 'two words'", ['GET', 'two words']],
    ['GET ""', ['GET', '']],
    ["GET ''", ['GET', '']],
    ['GET "a\\n\\r\\t\\b\\a\\\\\\"\\x00\\xfF"', ['GET', 'a\n\r\t\b\x07\\"\x00\xff']],
    ['GET "\\q\\xg1\\x4"', ['GET', 'qxg1x4']],
    ["GET 'it\\'s \\n'", ['GET', "it's \\n"]],
    ['GET pre"fix ed"', ['GET', 'prefix ed']],
    ['"GET" apple', ['GET', 'apple']],
    ['SET k "a b" c', ['SET', 'k', 'a b', 'c']],
    ['GET "open', UNBALANCED],
    ["GET 'open", UNBALANCED],
    ['GET "open\\"', UNBALANCED],
    ['GET "open\\', UNBALANCED],
    ['GET "a"b', UNBALANCED],
    ['"open', UNBALANCED],
    // PUT takes the rest of the line.
    ['PUT apple green', ['PUT', 'apple', 'green']],
    ['put apple green and red', ['put', 'apple', 'green and red']],
    ['PuT  apple \t green  and\tred ', ['PuT', 'apple', 'green  and\tred ']],
    ['PUT k "one word"', ['PUT', 'k', 'one word']],
    ["PUT k 'one word'", ['PUT', 'k', 'one word']],
    ['PUT k ""', ['PUT', 'k', '']],
    ['PUT k "\\x00\\n"', ['PUT', 'k', '\x00\n']],
    ['PUT k "one" two', ['PUT', 'k', '"one" two']],
    ['PUT k "one" ', ['PUT', 'k', '"one" ']],
    ['PUT k "one"two', ['PUT', 'k', '"one"two']],
    ['PUT k "open', ['PUT', 'k', '"open']],
    ["PUT k it's", ['PUT', 'k', "it's"]],
    ['PUT k {"a": "b c"}', ['PUT', 'k', '{"a": "b c"}']],
    ['PUT k a\\nb', ['PUT', 'k', 'a\\nb']],
    ['PUT "a key" a value', ['PUT', 'a key', 'a value']],
    ['PUT "open value', UNBALANCED],
    ['PUT k', ['PUT', 'k']],
    ['PUT k  ', ['PUT', 'k']],
    ['PUT', ['PUT']],
    ['ONCE id PUT k rest of  line', ['ONCE', 'id', 'PUT', 'k', 'rest of  line']],
    ['once "an id" put k {"a": "b"}', ['once', 'an id', 'put', 'k', '{"a": "b"}']],
    ['ONCE id PUT k "one word"', ['ONCE', 'id', 'PUT', 'k', 'one word']],
    ['ONCE id PUT k', ['ONCE', 'id', 'PUT', 'k']],
    ['ONCE PUT k a b', ['ONCE', 'PUT', 'k', 'a', 'b']],
    ['ONCE id SET k a PUT b', ['ONCE', 'id', 'SET', 'k', 'a', 'PUT', 'b']],
    ['PUTS k a b', ['PUTS', 'k', 'a', 'b']],
    // A browser.
    ['POST / HTTP/1.1', 'close'],
    ['Host: localhost', 'close'],
    ['host: localhost', 'close'],
    ['POSTS', ['POSTS']],
    ['GET / HTTP/1.1', ['GET', '/', 'HTTP/1.1']],
    ['GET *', ['GET', '*']],
    // Telnet.
    ['\xff\xf4\xff\xfd\x06GET a', ['GET', 'a']],
    ['\xff\xfa\x18\x00x\xff\xf0GET a', ['GET', 'a']],
    ['GET \xff\xf4', ['GET', '\xff\xf4']],
  ];
  for (const [line, expected] of lines) {
    it(`${JSON.stringify(line)} reads ${JSON.stringify(expected)}, ended by LF or CRLF`, () => {
      expect(read(`${line}\n`)).to.deep.equal([expected]);
      expect(read(`${line}\r\n`)).to.deep.equal([expected]);
    });
  }

  for (const line of ['', ' ', '\t ', '\xff\xf4', '\xff\xfb', '\xff\xfa\x18', '\xff']) {
    it(`${JSON.stringify(line)} says nothing`, () => {
      expect(read(`${line}\n${line}\r\nPING\n`)).to.deep.equal([['PING']]);
    });
  }

  it('after a refused one is read', () => {
    expect(read('GET "a\nGET b\n')).to.deep.equal([UNBALANCED, ['GET', 'b']]);
  });

  it('after a closing one is not', () => {
    for (const last of ['POST / HTTP/1.1\r\n', '*x\r\n']) {
      const reader = new RequestReader();
      reader.push(Buffer.from(`PING\n${last}PING\n`));
      expect(taken(reader)).to.have.length(2);
      reader.push(Buffer.from('PING\n'));
      reader.end();
      expect(taken(reader)).to.deep.equal([]);
      expect(reader.waiting).to.equal(0);
    }
  });

  it('without an end is refused when no more comes: its sender may have died within it', () => {
    for (const [text, expected] of [
      ['GET a', [CUT_OFF]],
      ['GET a\r', [CUT_OFF]],
      ['PUT k a b', [CUT_OFF]],
      ['GET "a', [CUT_OFF]],
      ['PING\nGET a', [['PING'], CUT_OFF]],
      ['', []],
      [' ', []],
    ] as const) {
      const reader = new RequestReader();
      reader.push(Buffer.from(text));
      const early = taken(reader);
      reader.end();
      expect([...early, ...taken(reader)]).to.deep.equal(expected);
    }
  });

  it('means the same wherever the stream is cut', () => {
    const all = Buffer.from(
      `${lines
        .filter(([, to]) => to[0] !== 'c')
        .map(([line]) => line)
        .join('\r\n')}\r\n\n`,
      'latin1',
    );
    const whole = read(all.toString('latin1'));
    for (let cut = 0; cut <= all.length; cut++) {
      const reader = new RequestReader();
      reader.push(all.subarray(0, cut));
      const early = taken(reader);
      reader.push(all.subarray(cut));
      expect([...early, ...taken(reader)], `cut at ${cut}`).to.deep.equal(whole);
    }
    const drip = new RequestReader();
    const dripped = [...all].flatMap((byte) => {
      drip.push(Uint8Array.of(byte));
      return taken(drip);
    });
    expect(dripped).to.deep.equal(whole);
  });

  it('is its own memory, also while it waits to be read, once it is kept', () => {
    const chunk = Buffer.from('PUT k one two\nGET some');
    const reader = new RequestReader();
    reader.push(chunk);
    reader.keep();
    chunk.fill(0x2a);
    reader.push(Buffer.from('thing\n'));
    expect(taken(reader)).to.deep.equal([
      ['PUT', 'k', 'one two'],
      ['GET', 'something'],
    ]);
    expect(reader.waiting).to.equal(0);
  });

  it('may come in any pieces, read or not read between them', () => {
    const text = 'PUT k "a b"\r\nGET k\n\nDELETE a b c\n';
    const whole = read(text);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 12 }), fc.boolean(), fc.boolean())), (pieces) => {
        const reader = new RequestReader();
        const found: unknown[] = [];
        let at = 0;
        for (const [size, isRead, isPushedTwice] of pieces) {
          const end = at + size;
          const chunks = isPushedTwice ? [text.slice(at, at + 1), text.slice(at + 1, end)] : [text.slice(at, end)];
          const buffers = chunks.map((chunk) => Buffer.from(chunk));
          for (const buffer of buffers) reader.push(buffer);
          if (isRead) found.push(...taken(reader));
          reader.keep();
          for (const buffer of buffers) buffer.fill(0x2a);
          at = end;
        }
        reader.push(Buffer.from(text.slice(at)));
        found.push(...taken(reader));
        expect(found).to.deep.equal(whole);
      }),
    );
  });

  it('may be any bytes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 6 }),
        fc.integer({ min: 1, max: 50 }),
        (chunks, max) => {
          const reader = new RequestReader(max);
          for (const chunk of chunks) {
            reader.push(chunk);
            taken(reader);
          }
          reader.end();
          taken(reader);
          expect(reader.waiting).to.equal(0);
        },
      ),
    );
  });
});

describe('a long line', () => {
  const TOO_LONG = '!TOOLARGE the line is longer than 10 bytes; it was not executed';

  it('is read up to the limit, its end not counted', () => {
    expect(read('GET 123456\r\nGET 123456\n', 10)).to.deep.equal([
      ['GET', '123456'],
      ['GET', '123456'],
    ]);
  });

  it('is refused once beyond it, and the next is read', () => {
    expect(read('GET 1234567\nPING\n', 10)).to.deep.equal([TOO_LONG, ['PING']]);
  });

  it('is refused before its end comes, and then dropped as it comes', () => {
    const reader = new RequestReader(10);
    reader.push(Buffer.from('GET 1234567'));
    expect(taken(reader)).to.deep.equal([TOO_LONG]);
    expect(reader.waiting).to.equal(0);
    for (let i = 0; i < 5; i++) {
      reader.push(Buffer.alloc(1000, '*'));
      expect(taken(reader)).to.deep.equal([]);
      expect(reader.waiting).to.equal(0);
    }
    reader.push(Buffer.from('end\nPING\n'));
    expect(taken(reader)).to.deep.equal([['PING']]);
  });

  it('that was refused is not executed by the end of the stream', () => {
    const reader = new RequestReader(10);
    reader.push(Buffer.from('GET 1234567'));
    taken(reader);
    reader.push(Buffer.from('PUT a b'));
    reader.end();
    expect(taken(reader)).to.deep.equal([]);
  });

  it('holds a value of 1 MiB, arriving byte by byte at its end', () => {
    const value = 'v'.repeat(1024 * 1024);
    const line = Buffer.from(`PUT ${'k'.repeat(1024)} ${value}\r\n`);
    expect(line.length).to.be.below(REQUEST_BYTES);
    const reader = new RequestReader();
    for (let at = 0; at < line.length; at += at < 1024 * 1024 ? 1460 : 1) {
      reader.push(line.subarray(at, at < 1024 * 1024 ? at + 1460 : at + 1));
      const request = reader.next();
      if (request !== undefined) expect(request.type === 'command' && request.argv[2] === value).to.equal(true);
    }
    expect(reader.waiting).to.equal(0);
  });
});

describe('the hint for SET', () => {
  it('is given where a value was typed in several words', () => {
    expect(inlineHint(['SET', 'k', 'two', 'words'])).to.equal(' (quote the value or use PUT)');
    expect(inlineHint(['set', 'k', 'two', 'words'])).to.equal(' (quote the value or use PUT)');
    expect(inlineHint(['SET', 'k'])).to.equal('');
    expect(inlineHint(['SET', 'k', 'v', 'NX', 'XX'])).to.equal('');
    expect(inlineHint(['SET', 'k', 'v', 'ex'])).to.equal('');
    expect(inlineHint(['DEL', 'k', 'two', 'words'])).to.equal('');
  });
});
