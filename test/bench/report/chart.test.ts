// A chart must say what its axes are, and have a line for each system: the text of the drawing is looked at, not its beauty.
import { expect } from 'chai';
import { type Chart, svgOf } from './chart.js';

const whole = (value: number): string => String(value);

const chart: Chart = {
  title: 'How it grows',
  subtitle: 'all of it',
  x: { name: 'clients', scale: 'log', textOf: (value) => `${value} of them` },
  y: { name: 'latency, ms', scale: 'linear', textOf: whole },
  lines: [
    {
      name: 'first',
      look: 0,
      points: [
        { x: 1, y: 5, label: 'one' },
        { x: 100, y: 7, label: '' },
      ],
    },
    { name: 'second', look: 1, points: [{ x: 10, y: 50, label: '' }] },
  ],
};

describe('a chart', () => {
  const cases: readonly [name: string, chart: Chart, texts: readonly string[]][] = [
    [
      'names its axes, lines and points',
      chart,
      ['How it grows', 'all of it', 'clients', 'latency, ms', 'second', 'one'],
    ],
    ['has powers of ten on a logarithmic axis', chart, ['1 of them', '10 of them', '100 of them']],
    [
      'has just its values on the other kind',
      { ...chart, x: { name: 'replicas', scale: 'values', textOf: (value) => `${value} replicas` } },
      ['1 replicas', '10 replicas', '100 replicas'],
    ],
  ];
  for (const [name, drawn, texts] of cases) {
    it(name, () => {
      const svg = svgOf(drawn);
      expect(svg).to.match(/^<svg .*<\/svg>$/s);
      for (const text of texts) expect(svg).to.contain(`>${text}<`);
    });
  }
});
