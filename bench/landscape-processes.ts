// Hub, edge and counterparts as the command starts them: the same supervisor, the same flags.
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { supervisor, type Supervisor } from '../src/run/supervisor.ts';

export function fileOf(pathFromRoot: string): string {
  return fileURLToPath(new URL(`../${pathFromRoot}`, import.meta.url));
}

/** Processes that end with `opened`, or with this process. */
export function openSupervisor(opened: AsyncDisposableStack, folder: string): Supervisor {
  enableCompileCache();
  const children = supervisor({ logDir: join(folder, 'logs'), say: (line) => console.error(line) });
  opened.defer(() => children.close());
  return children;
}
