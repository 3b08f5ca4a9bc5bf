import { exitCodes, exitOf, type ExitName } from '../src/run/commands/failure.ts';

const meanings: Readonly<Record<ExitName, string>> = {
  fine: 'what was asked for is done',
  'findings or a failed verdict': 'it was looked at, and something is wrong: `check`, `explain route`, `verify`, `audit verify`, `chaos`, `demo --once`',
  'wrong use': 'the command or what was given to it is wrong; nothing was done',
  'cannot run here': 'something that it needs is not there, not free or not as it must be: the hub, a port, the data directory, the environment, the landscape',
  'no such thing': 'what was named does not exist: a key, a run, a case, an edge',
  refused: 'understood, and not done: somebody was faster, the key may not, a system or a rule says no',
  'not judged': 'nothing that could be read speaks against it, and not all could be read: `verify --ledger`',
  bug: 'a bug of Lineshaft; please report what it says',
  'stopped by its watchdog': 'code of the landscape did not come back; started again, the process sets it aside',
  'another hub has taken over': 'on PostgreSQL, of a hub that was silent for too long',
};

/** docs/reference/exit-codes.md as Markdown, from the one table of exit codes. */
export function exitReference(): string {
  const names = Object.entries(exitCodes) as readonly (readonly [ExitName, number])[]; // the table's own keys
  const rows = names.map(([name, code]) => {
    const faults = Object.entries(exitOf).flatMap(([fault, exit]) => (exit === name ? [`\`${fault}\``] : []));
    const which = name === 'cannot run here' ? 'every other' : faults.join(', ') || '–';
    return `| ${code} | ${name} | ${meanings[name]} | ${which} |`;
  });
  return [
    '# Exit codes',
    '',
    'What `lineshaft` ends with. A [Fault](faults.md) is told on standard error with what to do. This page is made from `src/run/commands/failure.ts` by',
    '`npm run reference`.',
    '',
    '| code | name | what it says | Faults |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
