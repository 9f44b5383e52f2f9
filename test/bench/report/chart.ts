/** Draws charts of lines as SVG: what is on the axes and which lines there are is said by others. */
import { LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

use([LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

export interface Axis {
  /** With its unit. */
  readonly name: string;
  /** Logarithmic, linear from 0, or just the values that there are. */
  readonly scale: 'log' | 'linear' | 'values';
  readonly textOf: (value: number) => string;
}

export interface Point {
  readonly x: number;
  readonly y: number;
  /** Beside the point; '' for none. */
  readonly label: string;
}

export interface Line {
  readonly name: string;
  /** Of a few colours and symbols, by number: the same for the same system in all charts. */
  readonly look: number;
  readonly points: readonly Point[];
}

export interface Chart {
  readonly title: string;
  readonly subtitle: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly Line[];
}

const width = 760;
const height = 460;
const font = 'system-ui, sans-serif';
const ink = '#333';
const faint = '#ddd';
/** So that a text on a line can be read. */
const halo = { textBorderColor: '#fff', textBorderWidth: 3 };
/** Told apart in print and by the colour-blind, too. */
const looks: readonly (readonly [colour: string, symbol: string])[] = [
  ['#c2410c', 'rect'],
  ['#6b7280', 'triangle'],
  ['#1d4ed8', 'circle'],
  ['#15803d', 'diamond'],
];

export function svgOf({ title, subtitle, x, y, lines }: Chart): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  const values = [...new Set(lines.flatMap(({ points }) => points.map((point) => point.x)))].toSorted((a, b) => a - b);
  chart.setOption({
    animation: false,
    backgroundColor: '#fff',
    textStyle: { fontFamily: font },
    title: {
      text: title,
      subtext: subtitle,
      left: 16,
      top: 10,
      textStyle: { fontSize: 16, color: ink },
      subtextStyle: { color: '#666' },
    },
    legend: { top: 62, left: 60, itemGap: 24, textStyle: { color: ink } },
    grid: { left: 84, right: 40, top: 100, bottom: 60 },
    xAxis: axis(x, 30, values),
    yAxis: axis(y, 62, values),
    series: lines.map((line) => seriesOf(line, x, values)),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

function axis({ name, scale, textOf }: Axis, nameGap: number, values: readonly number[]): object {
  const types = { log: 'log', linear: 'value', values: 'category' } as const;
  return {
    type: types[scale],
    name,
    nameLocation: 'middle',
    nameGap,
    nameTextStyle: { color: ink, fontSize: 13 },
    axisLine: { show: true, lineStyle: { color: ink } },
    axisLabel: { color: ink, ...(scale === 'values' ? {} : { formatter: textOf }) },
    minorTick: { show: scale === 'log', splitNumber: 10 },
    splitLine: { show: true, lineStyle: { color: faint } },
    ...(scale === 'values' ? { data: values.map(textOf) } : {}),
    ...(scale === 'linear' ? { min: 0 } : {}),
  };
}

function seriesOf({ name, look, points }: Line, { scale }: Axis, values: readonly number[]): object {
  const [colour, symbol] = looks[look % looks.length] ?? [ink, 'circle'];
  return {
    type: 'line',
    name,
    symbol,
    symbolSize: 8,
    itemStyle: { color: colour },
    lineStyle: { color: colour, width: 2 },
    labelLayout: { hideOverlap: true },
    data: points.map(({ x, y, label }) => ({
      value: [scale === 'values' ? values.indexOf(x) : x, y],
      label: { show: label !== '', formatter: label, position: 'top', color: colour, fontSize: 11, ...halo },
    })),
  };
}
