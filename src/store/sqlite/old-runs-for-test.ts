// A database as a program before decision 030 left it: its runs found by a unique index.
import { hubMigrations } from '../migrations/hub.ts';
import { openDatabase } from './database.ts';

/** Makes it with runs `r1` to `rCOUNT`: every third waits in a step of its own row, the others are done and have none. */
export function oldRuns(file: string, count: number): void {
  const { database, close } = openDatabase({ file, migrations: hubMigrations.slice(0, 6), cacheKiB: 1_000 });
  const add = database.prepare(`INSERT INTO run (seq, id, flow, key, position, status, release, protocol, started_ms) VALUES (?, ?, 'f', 'k', ?, ?, 'bench', 1, 1)`);
  const step = database.prepare(`INSERT INTO step (seq, run, id, kind, mode, name, issue, status, issued_ms, attempts, input, history)
    VALUES (?, ?, 's1', 'effect', 'call', 'c', 1, 'open', 1, 0, '{}', '[]')`);
  database.exec('BEGIN');
  for (let seq = 1; seq <= count; seq += 1) {
    add.run(seq, `r${seq}`, seq, seq % 3 === 0 ? 'active' : 'done');
    if (seq % 3 === 0) step.run(seq, seq);
  }
  database.exec('COMMIT');
  close();
}
