import { cp, mkdir, rm, symlink } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const packageRoot = fileURLToPath(new URL('../../../', import.meta.url));
const example = join(packageRoot, 'examples', 'packaging-plant');

/**
 * The folder of the landscape that comes with the package. Node runs no TypeScript that lies under `node_modules`: where the
 * package is installed there, the landscape is copied into `dataDir`, with a way back to the package.
 */
export async function demoLandscape(dataDir: string): Promise<string> {
  if (!example.split(sep).includes('node_modules')) return example;
  const copy = join(dataDir, 'landscape');
  await rm(copy, { recursive: true, force: true });
  await cp(example, copy, { recursive: true });
  await mkdir(join(copy, 'node_modules'));
  await symlink(packageRoot, join(copy, 'node_modules', 'lineshaft'), 'junction');
  return copy;
}
