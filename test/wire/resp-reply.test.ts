// Replies in RESP2 and RESP3.

import { expect } from 'chai';
import type { Reply } from '#src/wire/reply.js';
import { renderResp } from '#src/wire/resp-reply.js';

const a: Reply = { type: 'value', bytes: 'a' };

describe('renderResp', () => {
  const replies: readonly (readonly [Reply, string, string?])[] = [
    [{ type: 'status', text: 'OK' }, '+OK\r\n'],
    [{ type: 'status', text: 'two\r\nlines \u00e9' }, '+two lines \xc3\xa9\r\n'],
    [{ type: 'value', bytes: '' }, '$0\r\n\r\n'],
    [{ type: 'value', bytes: '\r\n\x00\xff' }, '$4\r\n\r\n\x00\xff\r\n'],
    [{ type: 'none' }, '$-1\r\n', '_\r\n'],
    [{ type: 'integer', value: -3 }, ':-3\r\n'],
    [{ type: 'error', code: 'ERR', text: 'no\nsuch\tthing' }, '-ERR no such thing\r\n'],
    [{ type: 'text', text: 'a\n\u00e9' }, '$4\r\na\n\xc3\xa9\r\n', '=8\r\ntxt:a\n\xc3\xa9\r\n'],
    [{ type: 'list', items: [] }, '*0\r\n'],
    [
      { type: 'list', items: [a, { type: 'none' }, { type: 'list', items: [a] }] },
      '*3\r\n$1\r\na\r\n$-1\r\n*1\r\n$1\r\na\r\n',
      '*3\r\n$1\r\na\r\n_\r\n*1\r\n$1\r\na\r\n',
    ],
    [{ type: 'map', fields: [['k', a]] }, '*2\r\n$1\r\nk\r\n$1\r\na\r\n', '%1\r\n$1\r\nk\r\n$1\r\na\r\n'],
    [{ type: 'pairs', pairs: [['k', 'v']] }, '*2\r\n$1\r\nk\r\n$1\r\nv\r\n', '*1\r\n*2\r\n$1\r\nk\r\n$1\r\nv\r\n'],
  ];
  for (const [reply, two, three = two] of replies) {
    it(`${JSON.stringify(reply)} as ${JSON.stringify(two)}`, () => {
      expect(renderResp(reply, 2)).to.equal(two);
      expect(renderResp(reply, 3)).to.equal(three);
    });
  }
});
