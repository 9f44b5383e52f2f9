// What goes to a server must never exceed what it granted, to the stream or to the connection, and all of it must go in the end.
import { expect } from 'chai';
import { SendWindow } from './send-window.js';

interface Frame {
  readonly stream: number;
  readonly bytes: number;
  readonly last: boolean;
}

function framesIn(bytes: string): Frame[] {
  const buffer = Buffer.from(bytes, 'latin1');
  const frames: Frame[] = [];
  for (let at = 0; at < buffer.length; at += 9 + buffer.readUIntBE(at, 3)) {
    expect(buffer[at + 3], 'a frame of data').to.equal(0);
    frames.push({ stream: buffer.readUInt32BE(at + 5), bytes: buffer.readUIntBE(at, 3), last: buffer[at + 4] === 1 });
  }
  return frames;
}

const sumOf = (frames: readonly Frame[]): number => frames.reduce((sum, { bytes }) => sum + bytes, 0);

describe('the window of what is sent', () => {
  const messages: readonly [bytes: number, frames: readonly number[]][] = [
    [1, [1]],
    [16_384, [16_384]],
    [16_385, [16_384, 1]],
    [65_535, [16_384, 16_384, 16_384, 16_383]],
  ];
  for (const [bytes, wanted] of messages) {
    it(`lets ${bytes} bytes go in frames that any server takes`, () => {
      const frames = framesIn(new SendWindow().data(1, 'x'.repeat(bytes)));
      expect(frames.map((frame) => frame.bytes)).to.deep.equal(wanted);
      expect(frames.map(({ last }) => last)).to.deep.equal(wanted.map((_, i) => i === wanted.length - 1));
    });
  }

  it('keeps what is not granted until both grants are there', () => {
    const window = new SendWindow();
    expect(sumOf(framesIn(window.data(1, 'x'.repeat(100_000))))).to.equal(65_535);
    expect(window.due()).to.equal('');
    window.grant(0, 20_000);
    expect(window.due(), 'only the connection').to.equal('');
    window.grant(1, 50_000);
    expect(sumOf(framesIn(window.due()))).to.equal(20_000);
    window.grant(0, 50_000);
    expect(framesIn(window.due()).at(-1)).to.deep.equal({ stream: 1, bytes: 14_465, last: true });
    expect(window.due()).to.equal('');
  });

  it('lets those that came first go first', () => {
    const window = new SendWindow();
    window.data(1, 'x'.repeat(65_535));
    expect(window.data(3, 'abc') + window.data(5, 'de')).to.equal('');
    window.grant(0, 4);
    expect(framesIn(window.due()).map(({ stream, bytes }) => [stream, bytes])).to.deep.equal([
      [3, 3],
      [5, 1],
    ]);
  });

  it('takes over what every stream may send at first', () => {
    const window = new SendWindow();
    window.grantEach(10);
    window.grant(0, 100_000);
    expect(sumOf(framesIn(window.data(1, 'x'.repeat(50))))).to.equal(10);
    window.grantEach(30);
    expect(sumOf(framesIn(window.due()))).to.equal(20);
    expect(sumOf(framesIn(window.data(3, 'x'.repeat(50))))).to.equal(30);
  });
});
