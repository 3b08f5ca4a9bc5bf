// An edge's memory that takes events without a pause until its process is killed: `node edge-writer-for-test.ts FILE`. Prints each number once
// its event and the state of its rule are committed; every third event is taken by the hub.
import { writeSync } from 'node:fs';
import { openSqliteEdgeStore } from './sqlite-edge-store.ts';

const [file = ''] = process.argv.slice(2);
const store = await openSqliteEdgeStore(file);

for (let number = 1; ; number += 1) {
  const event = { id: `e${number}`, body: `{"number":${number}}`, appendedMs: number };
  await store.commit({ states: new Map([['rule', String(number)]]), append: [event] });
  if (number % 3 === 0) await store.acknowledge([number]);
  writeSync(1, `${number}\n`);
}
