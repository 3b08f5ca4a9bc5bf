// The process that is the machines (mqtt-load.ts), as its starter sees it.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface Load {
  readonly port: number;
  readonly machines: number;
  readonly warmMs: number;
  readonly measureMs: number;
}

/** What it says at its end: messages that were acknowledged, those of the measured time, and how long that was. */
export type LoadResult = Readonly<Record<'acknowledged' | 'measured' | 'seconds', number>>;

export function spawnMachines(opened: AsyncDisposableStack, load: Load): { run(on: { measuring(): void; measured(): void }): Promise<LoadResult> } {
  const child = spawn(process.execPath, [fileURLToPath(new URL('mqtt-load.ts', import.meta.url)), JSON.stringify(load)], { stdio: ['ignore', 'pipe', 'inherit'] });
  opened.defer(() => void child.kill());
  return {
    async run({ measuring, measured }) {
      let last = '';
      for await (const said of createInterface(child.stdout)) {
        if (said === 'measuring') measuring();
        if (said === 'measured') measured();
        last = said;
      }
      // Its last line.
      return JSON.parse(last) as LoadResult;
    },
  };
}
