/** A table before it has a form: cells as text, the first row is the head. */
export interface Table {
  title: string;
  head: string[];
  rows: string[][];
  /** Columns of words; all others are numbers and stand to the right. */
  words: readonly number[];
  /** Sentences below the table. */
  notes: string[];
}

const width = (text: string): number => [...text].length;

/** Columns padded to their widest cell, under a ruled head. */
export function layOutText(table: Table, bold: (text: string) => string = (text) => text): string {
  const widths = table.head.map((cell, i) => Math.max(width(cell), ...table.rows.map((row) => width(row[i] ?? ''))));
  const line = (row: string[]): string =>
    row
      .map((cell, i) => pad(cell, widths[i]!, table.words.includes(i)))
      .join('  ')
      .trimEnd();
  return [
    bold(table.title),
    '',
    bold(line(table.head)),
    widths.map((n) => '─'.repeat(n)).join('  '),
    ...table.rows.map(line),
    ...notes(table),
  ].join('\n');
}

/** A GitHub-flavoured Markdown table. */
export function layOutMarkdown(table: Table): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  const line = (row: string[]): string => `| ${row.map(cell).join(' | ')} |`;
  const rule = table.head.map((_, i) => (table.words.includes(i) ? '---' : '---:'));
  return [`### ${table.title}`, '', line(table.head), line(rule), ...table.rows.map(line), ...notes(table)].join('\n');
}

function notes(table: Table): string[] {
  return table.notes.length === 0 ? [] : ['', ...table.notes];
}

function pad(text: string, to: number, left: boolean): string {
  const blanks = ' '.repeat(Math.max(0, to - width(text)));
  return left ? text + blanks : blanks + text;
}

/** RFC 4180: CRLF is left to those who need it; fields with commas, quotes or line breaks are quoted. */
export function csv(rows: readonly (readonly (string | number | null)[])[]): string {
  const field = (value: string | number | null): string => {
    const text = value === null ? '' : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => row.map(field).join(',')).join('\n');
}
