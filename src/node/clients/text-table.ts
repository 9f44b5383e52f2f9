/** Columns of plain text for a terminal: no colours, no frame, two blanks between columns. */

export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
}

const GAP = 2;

/** Narrower than this a clipped cell tells nothing. */
const NARROWEST = 8;

/** One line for the titles and one for each row. Where they would be wider than `width`, the widest columns are clipped. */
export function textTable(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): string[] {
  const lines = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
  narrow(widths, width - GAP * (columns.length - 1));
  return lines.map((line) =>
    columns
      .map(({ align }, i) => {
        const room = widths[i] ?? 0;
        const cell = clipped(line[i] ?? '', room);
        return align === 'left' ? cell.padEnd(room) : cell.padStart(room);
      })
      .join(' '.repeat(GAP))
      .trimEnd(),
  );
}

function narrow(widths: number[], total: number): void {
  for (let over = widths.reduce((sum, width) => sum + width, 0) - total; over > 0; over--) {
    const widest = widths.indexOf(Math.max(...widths));
    const width = widths[widest] ?? 0;
    if (width <= NARROWEST) return;
    widths[widest] = width - 1;
  }
}

/** Without its middle: the ends of names and addresses are what tells them apart. */
function clipped(cell: string, width: number): string {
  if (cell.length <= width) return cell;
  const tail = Math.floor((width - 1) / 2);
  return `${cell.slice(0, width - 1 - tail)}~${cell.slice(cell.length - tail)}`;
}
