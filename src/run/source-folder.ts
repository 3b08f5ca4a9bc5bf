import { join } from 'node:path';

/** Where a source keeps what has to outlive the process, under its edge's own folder. */
export function sourceFolder(folder: string, source: string): string {
  return join(folder, 'sources', source);
}
