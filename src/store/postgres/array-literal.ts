/** A value of a column on its way to the database. */
export type Cell = string | number | null;

/** A row by its columns, with texts as they were given. */
export type Cells = Record<string, Cell>;

/** The text of a PostgreSQL array (documentation §8.15.2) of these cells; texts are given as they are stored. */
export function arrayLiteral(cells: readonly Cell[]): string {
  let literal = '{';
  for (const cell of cells) {
    if (literal.length > 1) literal += ',';
    if (cell === null) literal += 'NULL';
    else if (typeof cell === 'number') literal += String(cell);
    else literal += `"${escaped(cell)}"`;
  }
  return `${literal}}`;
}

function escaped(text: string): string {
  return text.includes('"') || text.includes('\\') ? text.replaceAll(/["\\]/g, '\\$&') : text;
}
