import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where this file lies the landscape is mended: as a new release would be. */
const mended = join(import.meta.dirname, 'mended');
/** Where this file lies it is spoilt: what went well before does not. */
const spoilt = join(import.meta.dirname, 'spoilt');

/** Goes wrong, as `how` says, where it is `here`. */
export function hang(how: string, here: string): void {
  if (existsSync(mended)) return;
  if (how === `${here}: exit`) process.exit(0);
  if (how === `${here}: kill once spoilt` && existsSync(spoilt)) process.kill(process.pid, 'SIGKILL');
  // What no flow must do: it goes on beside it.
  if (how === `${here}: exit from a timer`) setTimeout(() => process.exit(0), 0);
  if (how !== `${here}: loop`) return;
  for (let turn = 0; ; turn += 1) if (turn < 0) return;
}

/** A text that this never gets through with. */
export function search(how: string): void {
  if (how === 'body: search' && !existsSync(mended)) /^(a+)+$/.test(`${'a'.repeat(64)}b`);
}
