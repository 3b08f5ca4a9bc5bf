/** One line of a table; `line` counts from 1, as editors do. */
export interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
  /** Of the last one: a quote in it is opened and not closed, so that everything after it came into one cell. */
  readonly isOpen?: true;
}

/**
 * The rows of a table (RFC 4180): quoted cells may hold the separator, line breaks and doubled quotes. The separator is a semicolon
 * where the first line has more of these than commas, as spreadsheets write it where a comma is the decimal mark. Empty lines are left out.
 */
export function csvRows(text: string): readonly CsvRow[] {
  const body = text.replace(/^\uFEFF/, '');
  const [head = ''] = body.split(/\r?\n/, 1);
  const separator = head.split(';').length > head.split(',').length ? ';' : ',';
  const rows: CsvRow[] = [];
  let [cells, cell, line, startLine]: [string[], string, number, number] = [[], '', 1, 1];
  let isQuoted = false;
  const endCell = (): void => {
    cells.push(cell);
    cell = '';
  };
  const endRow = (): void => {
    endCell();
    if (cells.some((each) => each.trim() !== '')) rows.push({ line: startLine, cells, ...(isQuoted && { isOpen: true }) });
    cells = [];
    startLine = line + 1;
  };
  for (let at = 0; at < body.length; at++) {
    const char = body[at] ?? '';
    if (isQuoted) {
      if (char !== '"') cell += char;
      else if (body[at + 1] === '"') cell += body[++at] ?? '';
      else isQuoted = false;
    } else if (char === '"' && cell.trim() === '') {
      cell = '';
      isQuoted = true;
    } else if (char === separator) endCell();
    else if (char === '\n') endRow();
    else if (char !== '\r') cell += char;
    if (char === '\n') line++;
  }
  if (cell !== '' || cells.length > 0) endRow();
  return rows;
}

/** A cell as it is written: quoted where it would be read otherwise. */
export function csvCell(text: string): string {
  return /[",;\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
