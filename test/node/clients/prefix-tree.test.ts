// Prefixes that come and go, against a plain list of them, and what looking for those of a key costs.

import { expect } from 'chai';
import fc from 'fast-check';
import { PrefixTree } from '#src/node/clients/prefix-tree.js';

function found(tree: PrefixTree<string>, key: string): string[] {
  const values: string[] = [];
  tree.visit(key, (value) => values.push(value));
  return values;
}

describe('prefix tree', () => {
  it('finds those that a key begins with, from the shortest on', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '\xff'), maxLength: 6 });
    const step = fc.record({ isSet: fc.boolean(), prefix: text, key: text });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        const tree = new PrefixTree<string>();
        const all = new Set<string>();
        for (const { isSet, prefix, key } of steps) {
          if (isSet) tree.set(prefix, prefix);
          else if (all.has(prefix)) tree.delete(prefix);
          if (isSet) all.add(prefix);
          else all.delete(prefix);
          const wanted = [...all].filter((each) => key.startsWith(each)).sort((a, b) => a.length - b.length);
          expect(found(tree, key)).to.deep.equal(wanted);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('has another value where one was set again', () => {
    const tree = new PrefixTree<string>();
    tree.set('ab', '1');
    tree.set('ab', '2');
    expect(found(tree, 'abc')).to.deep.equal(['2']);
  });
});
