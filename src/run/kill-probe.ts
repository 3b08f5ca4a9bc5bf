import { appendFileSync } from 'node:fs';
import { noProbe, type Probe } from '../kernel/probe.ts';

/**
 * For fault tests: kills this very process, as hard as the system can, when it reaches the point named in LINESHAFT_KILL_AT
 * (`point` or `point@n` for the n-th time), after writing the point to the file in LINESHAFT_KILL_PROOF; with LINESHAFT_KILL_AFTER_MS so
 * much later, in the midst of whatever it does then. With LINESHAFT_POINTS_FILE every point that is reached is written there instead.
 */
export function killProbe(environment: NodeJS.ProcessEnv = process.env): Probe {
  const { LINESHAFT_KILL_AT: killAt, LINESHAFT_KILL_PROOF: proof, LINESHAFT_POINTS_FILE: list, LINESHAFT_KILL_AFTER_MS: afterMs } = environment;
  if (list !== undefined) return (point) => appendFileSync(list, `${point}\n`);
  if (killAt === undefined) return noProbe;
  const [name = '', count = '1'] = killAt.split('@');
  let left = Number(count);
  return (point) => {
    if (point !== name) return;
    left -= 1;
    if (left !== 0) return;
    if (proof !== undefined) appendFileSync(proof, `${point}\n`);
    if (afterMs === undefined) killNow();
    else setTimeout(killNow, Number(afterMs));
  };
}

function killNow(): never {
  process.kill(process.pid, 'SIGKILL');
  // The signal is on its way; nothing more may happen in this process.
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
}
