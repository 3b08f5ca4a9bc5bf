// A folder that holds only what differs from another landscape, which may be one like it: checked as it is used, laid over all that it is based on.
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { Type } from 'typebox';
import { Fault, messageOf } from '../kernel/errors.ts';
import { parse, schema } from '../kernel/schema.ts';

/** Names the landscape that a folder is laid over. */
export const overlayFileName = 'overlay.yaml';

const shape = schema(
  Type.Object(
    { base: Type.String({ minLength: 1, description: 'The folder of the landscape that this one is laid over, as seen from this file.' }) },
    { additionalProperties: false },
  ),
);

/** Bases that are followed, one after the other. */
export const basesMax = 8;

/** An overlay and its bases in one folder, which is there until this is disposed of. */
export interface LaidOverlay extends AsyncDisposable {
  readonly place: string;
  readonly folder: string;
  /** What it is laid over: the landscape that it names, then what that one names, down to the one that stands alone. */
  readonly bases: readonly [string, ...string[]];
  /** The same text with each path in `place` as the one of the overlay or its bases. */
  told(text: string): string;
}

/**
 * Lays an overlay over its base, and that over its own where it is an overlay, too, in a folder beside it: that is where its imports find what the
 * base's do. Undefined where the folder is none: it says of no base, or has all that its files import, as where all were copied into it. Raises
 * COMMAND_INVALID where a base is not there, leads back to one before it, or is one more than `basesMax`.
 */
export async function laidOverlay(folder: string): Promise<LaidOverlay | undefined> {
  if (!(await isOverlay(folder))) return undefined;
  const own = await realpath(folder);
  const bases = await basesOf(own);
  const [base] = bases;
  const layers = [own, ...bases];
  const place = await mkdtemp(join(dirname(own), '.lineshaft-overlay-')).catch((error: unknown) => {
    throw new Fault('COMMAND_INVALID', `${folder} is an overlay of ${base}, and cannot be laid over it in ${dirname(own)}: ${messageOf(error)}.`, { folder, base }, error);
  });
  const remove = async (): Promise<void> => rm(place, { recursive: true, force: true });
  try {
    for (const layer of layers.toReversed()) for (const name of await partsOf(layer)) await cp(join(layer, name), join(place, name), { recursive: true });
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    place,
    folder,
    bases,
    told: (text) => text.replaceAll(pathsIn(place), (_, path: string) => join(layers.find((layer) => existsSync(join(layer, path))) ?? base, path)),
    [Symbol.asyncDispose]: remove,
  };
}

async function basesOf(own: string): Promise<LaidOverlay['bases']> {
  const bases: [string, ...string[]] = [await baseNamed(own)];
  for (;;) {
    const last = bases.at(-1) ?? own;
    const chain = [own, ...bases];
    // A landscape that comes twice would be laid over itself without end.
    if (chain.indexOf(last) < chain.length - 1) throw unusable(chain, `comes back to ${last}`, 'Name another base in one of them; the last one is a landscape that stands alone.');
    if (!(await isOverlay(last))) return bases;
    if (bases.length === basesMax) throw unusable(chain, `goes on after ${basesMax} bases`, 'Copy some of them into one folder, and name that as the base.');
    bases.push(await baseNamed(last));
  }
}

function unusable(chain: readonly string[], what: string, help: string): Fault {
  return new Fault('COMMAND_INVALID', `What ${chain[0]} is an overlay of (${overlayFileName}) ${what}: ${chain.join(' → ')}. ${help}`, { chain });
}

/** Whether it names a base, and is not whole without it. */
async function isOverlay(folder: string): Promise<boolean> {
  return existsSync(join(folder, overlayFileName)) && !(await isWhole(folder));
}

/** Whether it has code, and all files that its code imports. */
async function isWhole(folder: string): Promise<boolean> {
  const [{ importFindings }, { releaseFiles }] = await Promise.all([import('../engine/check/import-check.ts'), import('../engine/releases/release-files.ts')]);
  const { paths } = await releaseFiles(folder);
  return paths.some((path) => /\.m?[tj]s$/.test(path)) && !(await importFindings(folder)).some(({ code }) => code === 'import-outside');
}

async function baseNamed(folder: string): Promise<string> {
  const file = join(folder, overlayFileName);
  const { parse: parseYaml } = await import('yaml');
  const given: unknown = parseYaml(await readFile(file, 'utf8'));
  const base = resolve(folder, parse(shape, given, file).base);
  if (existsSync(base)) return realpath(base);
  throw new Fault(
    'COMMAND_INVALID',
    `${folder} is an overlay of ${base} (${overlayFileName}), which is not there. Put that there, or copy first the base and then the overlay into one folder, and check that.`,
    { folder, base },
  );
}

/** What of a folder is a landscape's: neither packages nor what is hidden, such as its state. */
async function partsOf(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => !name.startsWith('.') && name !== 'node_modules' && name !== 'dist');
}

/** Paths of files in a folder, the part behind the folder as a group. */
function pathsIn(folder: string): RegExp {
  return new RegExp(`${RegExp.escape(folder + sep)}([^\\s"':,;()]*[^\\s"':,;().])`, 'g');
}
