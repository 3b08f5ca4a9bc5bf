// Ours in F1 and F2: a process that plays four-step flows on SQLite and counts in the file what was recorded.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { side } from './child-side.ts';
import { closedLoop } from './closed-loop.ts';
import { openOurs } from './four-steps.ts';
import { loopAnswer, sameCount } from './four-steps-answer.ts';

/** Steps as rows, and those of runs that were done when they came to the tables (`src/store/sqlite/packed-steps.ts`). */
const steps = `(SELECT kind, issue, status, attempts, input, output FROM step
  UNION ALL SELECT one.value ->> 2, one.value ->> 5, one.value ->> 7, one.value ->> 14, one.value ->> 15, one.value ->> 16 FROM packed, json_each(packed.steps) one)`;

await side(async (task) => {
  const file = join(task.folder, 'hub.db');
  const ours = await openOurs(file);
  const result = await closedLoop(task.inFlight, task, (number) => ours.run(`order-${number}`));
  await ours.close();
  const database = new DatabaseSync(file, { readOnly: true });
  const count = (sql: string): unknown => database.prepare(`SELECT count(*) AS n FROM ${sql}`).get()?.['n'];
  sameCount('events', count('event'), result.done);
  sameCount('runs that are done', count("run WHERE status = 'done'"), result.done);
  sameCount('runs by their orders', count("(SELECT DISTINCT value FROM key_ref WHERE kind = 2 AND name = 'order')"), result.done);
  sameCount(
    'effects with intent and outcome',
    count(`${steps} WHERE kind = 'effect' AND status = 'done' AND attempts = 1 AND input LIKE '%"value":%' AND output LIKE '%"ok":true%'`),
    4 * result.done,
  );
  sameCount('last steps that gave 5', count(`${steps} WHERE issue = 4 AND json_extract(output, '$.value.value') = 5`), result.done);
  database.close();
  return loopAnswer(result);
});
