import { cp, mkdir, rm, symlink } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const packageRoot = fileURLToPath(new URL('../../../', import.meta.url));
const examples = join(packageRoot, 'examples');
const plant = 'packaging-plant';

/** How packer 3 speaks. */
export const packers = ['mqtt', 'opcua'] as const;
export type Packer = (typeof packers)[number];

/**
 * The folder of the landscape that comes with the package. It is copied into `dataDir`, with a way back to the package, where it is made of
 * two, and where the package is installed: Node runs no TypeScript that lies under `node_modules`.
 */
export async function demoLandscape(dataDir: string, packer: Packer): Promise<string> {
  const parts = packer === 'opcua' ? [plant, `${plant}-opcua`] : [plant];
  if (parts.length === 1 && !examples.split(sep).includes('node_modules')) return join(examples, plant);
  const copy = join(dataDir, 'landscape');
  await rm(copy, { recursive: true, force: true });
  for (const part of parts) await cp(join(examples, part), copy, { recursive: true });
  await mkdir(join(copy, 'node_modules'));
  await symlink(packageRoot, join(copy, 'node_modules', 'lineshaft'), 'junction');
  return copy;
}
