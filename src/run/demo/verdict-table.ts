// The verdict as a table that fits the terminal.
import type { Row } from '../../counterparts/verdict/row.ts';
import type { PlayResult } from './director.ts';

/** One play: a line per question; of what is as expected only what was found, of what is not also what was expected. */
export function verdictTable({ name, seed, ok, tookMs, rows }: Pick<PlayResult, 'name' | 'seed' | 'ok' | 'tookMs' | 'rows'>, width: number): string {
  const questionWidth = Math.max(...rows.map(({ question }) => question.length));
  const room = Math.max(20, width - questionWidth - 9);
  const good = rows.filter((row) => row.ok).length;
  const head = `Verdict on "${name}", seed ${seed}: ${good} of ${rows.length} as the ledgers must be, ${seconds(tookMs)}, times in ${here.resolvedOptions().timeZone}${ok ? '' : '   ✗ NOT AS IT MUST BE'}`;
  return [head, '', ...rows.map((row) => rowText(row, questionWidth, room)), ''].join('\n');
}

function rowText({ ok, question, expected, found }: Row, questionWidth: number, room: number): string {
  const lead = `  ${ok ? '✓' : '✗'} ${question.padEnd(questionWidth)}  `;
  const hang = ' '.repeat(lead.length);
  const wrongly = ok ? [] : wrapped(`expected: ${withTimes(expected)}`, room).map((line) => hang + line);
  const [first = '', ...more] = wrapped(ok ? withTimes(found) : `found: ${withTimes(found)}`, room);
  return [lead + first, ...more.map((line) => hang + line), ...wrongly].join('\n');
}

/** This machine's zone, in which the scene is told. */
const here = new Intl.DateTimeFormat('en-GB', { day: '2-digit', month: 'short', hour: '2-digit', minute: '2-digit' });

/** Instants as the ledgers have them, in UTC, by the clock of this machine. */
function withTimes(text: string): string {
  return text.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z/g, (instant) => here.format(Date.parse(instant)).replace(',', ''));
}

function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** All plays: a line each. */
export function closingTable(results: readonly Pick<PlayResult, 'name' | 'seed' | 'ok' | 'tookMs' | 'rows'>[]): string {
  const nameWidth = Math.max(4, ...results.map(({ name }) => name.length));
  const lines = results.map(({ name, seed, ok, tookMs, rows }) => {
    const wrong = rows.filter((row) => !row.ok).map(({ id }) => id);
    return `  ${ok ? '✓' : '✗'} ${name.padEnd(nameWidth)}  seed ${String(seed).padEnd(4)} ${String(rows.length).padStart(3)} rows  ${seconds(tookMs).padStart(7)}${wrong.length === 0 ? '' : `  wrong: ${wrong.join(', ')}`}`;
  });
  const good = results.filter(({ ok }) => ok).length;
  return [...lines, '', `${good} of ${results.length} plays ended as they must.`, ''].join('\n');
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
