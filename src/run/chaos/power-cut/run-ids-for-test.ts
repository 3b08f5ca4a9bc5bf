// A process that begins runs, one a commit, in the database that is named to it: `node run-ids-for-test.ts FILE COUNT [OLD]`; with OLD, one that a program before
// decision 030 left with so many runs. Writes the id of each run behind those in `acknowledged` beside the file once it is durable.
import { closeSync, openSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openedEvents } from '../../../store/sqlite/key-index-for-test.ts';
import { oldRuns } from '../../../store/sqlite/old-runs-for-test.ts';
import { eventAppend, runStart } from '../../../store/store-samples.ts';

const [file = '', count = '', old = '0'] = process.argv.slice(2);
const acknowledged = openSync(join(dirname(file), 'acknowledged'), 'w');
const acknowledge = (ids: readonly string[]): void => void writeSync(acknowledged, ids.map((id) => `${id}\n`).join(''));
if (old !== '0') oldRuns(file, Number(old));
acknowledge(Array.from({ length: Number(old) }, (_, index) => `r${index + 1}`));
let from = 1;
for (let opening = 1; opening <= 2; opening += 1) {
  const ours = openedEvents(file);
  for (; from <= (Number(count) * opening) / 2; from += 1) {
    ours.commit([eventAppend(`e${from}`), runStart(`new-${from}`)]);
    acknowledge([`new-${from}`]);
    ours.writer.ease();
  }
  // What was there before is in buckets when it is opened again.
  for (let turn = 0; turn < 100 && ours.writer.ease(); turn += 1);
  ours.leave();
}
closeSync(acknowledged);
