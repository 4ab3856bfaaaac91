// Small aligned tables for people.

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string | number;
  readonly align?: 'left' | 'right';
}

const gap = '  ';

/** One line for the titles and one for each row, without spaces at the ends of lines. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = [
    columns.map((column) => column.title),
    ...rows.map((row) => columns.map((column) => String(column.value(row)))),
  ];
  const widths = columns.map((_, index) =>
    Math.max(...cells.map((line) => line[index]?.length ?? 0)),
  );
  return cells.map((line) => padded(line, columns, widths)).join('\n');
}

function padded<Row>(
  line: readonly string[],
  columns: readonly Column<Row>[],
  widths: readonly number[],
): string {
  return line
    .map((cell, index) => {
      const width = widths[index] ?? 0;
      return columns[index]?.align === 'right' ? cell.padStart(width) : cell.padEnd(width);
    })
    .join(gap)
    .trimEnd();
}
