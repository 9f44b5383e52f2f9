// The checker must see what is wrong: a story of reads and writes each, and what it has to say about it.
import { expect } from 'chai';
import { RegisterHistory } from './register-history.js';

type Story = (history: RegisterHistory) => void;

function write(history: RegisterHistory, value: number): void {
  history.writeBegins('k', value);
  history.writeAcknowledged('k', value);
}

function read(history: RegisterHistory, value: number): void {
  history.readEnds('k', history.readBegins('k'), value, 'here');
}

const stories: readonly [name: string, story: Story, violation: RegExp | undefined][] = [
  ['nothing written, nothing read', (history) => read(history, 0), undefined],
  [
    'reads what was acknowledged',
    (history) => {
      write(history, 1);
      read(history, 1);
    },
    undefined,
  ],
  [
    'a read during a write gives either value',
    (history) => {
      write(history, 1);
      const least = history.readBegins('k');
      write(history, 2);
      history.readEnds('k', least, 1, 'here');
      history.readEnds('k', least, 2, 'here');
    },
    undefined,
  ],
  [
    'an acknowledged write is not seen',
    (history) => {
      write(history, 1);
      write(history, 2);
      read(history, 1);
    },
    /gave 1 after 2/,
  ],
  [
    'a value that somebody has read is gone again',
    (history) => {
      write(history, 1);
      history.writeBegins('k', 2);
      read(history, 2);
      read(history, 1);
    },
    /gave 1 after 2/,
  ],
  ['a value from nowhere', (history) => read(history, 7), /nobody wrote/],
  [
    'a write that was refused took place',
    (history) => {
      history.writeBegins('k', 1);
      history.writeRefused('k', 1);
      read(history, 1);
    },
    /was refused/,
  ],
];

describe('the checker of registers', () => {
  for (const [name, story, violation] of stories) {
    it(`${violation === undefined ? 'accepts' : 'sees'}: ${name}`, () => {
      const history = new RegisterHistory();
      story(history);
      if (violation === undefined) expect(history.violations).to.deep.equal([]);
      else expect(history.violations).to.have.lengthOf(1).and.to.have.property('0').that.matches(violation);
    });
  }
});
