/** Columns of plain text for a terminal: no colours, no frame, two blanks between columns. */

export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** Never clipped to less; its own width if it is smaller. Never clipped at all without it. */
  readonly least?: number;
}

const GAP = 2;

/** One line for the titles and one for each row. Where they would be wider than `width`, the widest that may be are clipped. */
export function textTable(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): string[] {
  const lines = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
  narrow(columns, widths, width - GAP * (columns.length - 1));
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

function narrow(columns: readonly Column[], widths: number[], total: number): void {
  for (let over = widths.reduce((sum, width) => sum + width, 0) - total; over > 0; over--) {
    const room = widths.map((width, i) => width - (columns[i]?.least ?? width));
    const most = Math.max(...room);
    if (most <= 0) return;
    const widest = room.indexOf(most);
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
}

/** Without its middle, or what is behind it: names and addresses differ at their ends, more often at the first. */
function clipped(cell: string, width: number): string {
  if (cell.length <= width) return cell;
  const tail = Math.floor((width - 1) / 3);
  return `${cell.slice(0, width - 1 - tail)}~${cell.slice(cell.length - tail)}`;
}
