// PARKED: a hub at rest, the same with runs that wait, and the same started again on them: what the system says that each holds and takes.
import { DatabaseSync } from 'node:sqlite';
import { batchSender } from './batch-sender.ts';
import { benchHub } from './bench-hub.ts';
import { side } from './child-side.ts';
import { sameCount } from './four-steps-answer.ts';
import { holdPallets, liveRuns, passed, scanPallets } from './held-pallets.ts';
import { cpuMsOf, residentMb } from './process-tree.ts';

/** Until what was only needed on the way is gone: a hub gives it back when it finds that it had nothing to do for ten seconds. */
const settleMs = 25_000;
/** For how many times the usual its CPU time is told: a minute, or one collection of garbage would be all that is seen, or none. */
const restTimes = 12;

await side(async (task, opened) => {
  const { start, children, database: file } = await benchHub(task, opened);
  let hub = await start();
  const kibEach = (withoutMb: number): number => ((residentMb(hub.pid) - withoutMb) * 1e6) / 1024 / task.inFlight;
  await passed(settleMs);
  const freshMb = residentMb(hub.pid);
  const sender = batchSender(hub.url, hub.key, 1);
  // A hub that works holds more than one that has just been started, with runs that wait and without.
  await scanPallets(sender, 1, task.inFlight);
  await passed(settleMs);
  const busyMb = residentMb(hub.pid);
  await holdPallets(sender, 1, task.inFlight);
  await liveRuns(hub, task.inFlight);
  await passed(settleMs);
  const kib = kibEach(busyMb);
  const before = { ms: performance.now(), cpuMs: cpuMsOf(hub.pid) };
  await passed(restTimes * task.measureMs);
  const cpu = (((cpuMsOf(hub.pid) ?? Number.NaN) - (before.cpuMs ?? Number.NaN)) / (performance.now() - before.ms)) * 100;
  await children.stop('hub', 'SIGTERM');
  hub = await start();
  await liveRuns(hub, task.inFlight);
  await passed(settleMs);
  const kibRestarted = kibEach(freshMb);
  await children.stop('hub', 'SIGTERM');
  const database = new DatabaseSync(file, { readOnly: true });
  sameCount('waits on record', database.prepare("SELECT count(*) AS n FROM step WHERE kind = 'wait' AND status = 'open'").get()?.['n'], task.inFlight);
  database.close();
  return { values: { kib, kibRestarted, cpu } };
});
