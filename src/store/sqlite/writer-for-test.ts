// A process that commits without a pause until it is killed: `node writer-for-test.ts FILE FROM [JOURNAL-BYTES]`. Prints each number once its
// commit is acknowledged; two commits are under way at any time, and every seventh is followed by a read, for which the tables are brought up.
import { writeSync } from 'node:fs';
import { eventAppend, runSet, runStart, stepAdd, stepSet } from '../store-samples.ts';
import { openSqliteStore } from './sqlite-store.ts';

const [file = '', from = '1', journalBytes] = process.argv.slice(2);
const store = await openSqliteStore(file, journalBytes === undefined ? {} : { journalBytes: Number(journalBytes) });
let next = Number(from);

async function write(): Promise<void> {
  for (;;) {
    const number = next++;
    const run = `r${number}`;
    await store.commit([eventAppend(`e${number}`), runStart(run), stepAdd(run, 's1'), stepSet(run, 's1', 'sent'), { change: 'cursor.set', name: 'written', position: number }]);
    await store.commit([stepSet(run, 's1', 'done', { done: 1, output: `{"number":${number}}` }), runSet(run, 'done')]);
    writeSync(1, `${number}\n`);
    if (number % 7 === 0) await store.lastPosition();
  }
}

await Promise.all([write(), write()]);
