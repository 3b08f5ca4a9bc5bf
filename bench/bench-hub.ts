// A real hub of the bench landscape, alone with its store.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Supervisor } from '../src/run/supervisor.ts';
import type { Task } from './child-side.ts';
import { fileOf, openSupervisor } from './landscape-processes.ts';

export interface BenchHub {
  /** Starts it, or starts it again on what it left. */
  start(): Promise<{ readonly url: string; readonly key: string; readonly pid: number }>;
  readonly children: Supervisor;
  /** Its file. */
  readonly database: string;
}

/** `erp`: where its only system is; without it, nowhere. */
export async function benchHub(task: Task, opened: AsyncDisposableStack, erp = 'http://127.0.0.1:9'): Promise<BenchHub> {
  const children = openSupervisor(opened, task.folder);
  const environment = join(task.folder, 'environment.json');
  await writeFile(environment, JSON.stringify({ systems: { erp: { url: erp, credentials: { kind: 'bearer', token: 'bench-token' } } } }));
  return {
    children,
    database: join(task.folder, 'hub', 'hub.db'),
    async start() {
      const hub = await children.start({
        name: 'hub',
        command: 'hub',
        args: ['--landscape', fileOf('bench/landscape'), '--env', environment, '--data', task.folder, '--port', '0'],
      });
      // The hub's own file.
      const { admin } = JSON.parse(await readFile(join(task.folder, 'hub', 'keys.json'), 'utf8')) as { readonly admin: string };
      return { url: String(hub['url']), key: admin, pid: children.pid('hub') ?? 0 };
    },
  };
}
