import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { HeardEdge } from './heard-edge-child.ts';

export interface HeardValue {
  readonly address: string;
  readonly value: number | null;
  readonly atMs: number;
  readonly historical: boolean;
}

/** One life of an edge with one source; what it hears is added to `heard`. */
export function heardEdge(given: HeardEdge, heard: HeardValue[]): { end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> } {
  const child = spawn(process.execPath, ['--conditions=source', fileURLToPath(new URL('heard-edge-child.ts', import.meta.url)), JSON.stringify(given)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const lines = createInterface(child.stdout);
  // The child writes nothing else.
  lines.on('line', (line) => void heard.push(JSON.parse(line) as HeardValue));
  return {
    async end(signal) {
      child.kill(signal);
      await ended;
    },
  };
}

/** Whether of each address at least so many values were heard from `from` on. */
export function hasHeard(heard: readonly HeardValue[], addresses: readonly string[], count: number, from = 0): boolean {
  const counts = Map.groupBy(heard.slice(from), ({ address }) => address);
  return addresses.every((address) => (counts.get(address)?.length ?? 0) >= count);
}
