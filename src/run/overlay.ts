// A folder that holds only what differs from another landscape: checked as it is used, laid over that.
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

/** An overlay and its base in one folder, which is there until this is disposed of. */
export interface LaidOverlay extends AsyncDisposable {
  readonly place: string;
  readonly folder: string;
  readonly base: string;
  /** The same text with each path in `place` as the one of the overlay or its base. */
  told(text: string): string;
}

/**
 * Lays an overlay over its base, in a folder beside it: that is where its imports find what the base's do. Undefined where the folder is none: it
 * says of no base, or has all that its files import, as where both were copied into it. Raises COMMAND_INVALID where the base is not there.
 */
export async function laidOverlay(folder: string): Promise<LaidOverlay | undefined> {
  const file = join(folder, overlayFileName);
  if (!existsSync(file) || (await isWhole(folder))) return undefined;
  const own = await realpath(folder);
  const base = await baseNamed(own, file);
  const place = await mkdtemp(join(dirname(own), '.lineshaft-overlay-')).catch((error: unknown) => {
    throw new Fault('COMMAND_INVALID', `${folder} is an overlay of ${base}, and cannot be laid over it in ${dirname(own)}: ${messageOf(error)}.`, { folder, base }, error);
  });
  const remove = async (): Promise<void> => rm(place, { recursive: true, force: true });
  try {
    for (const layer of [base, own]) for (const name of await partsOf(layer)) await cp(join(layer, name), join(place, name), { recursive: true });
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    place,
    folder,
    base,
    told: (text) => text.replaceAll(pathsIn(place), (_, path: string) => join(existsSync(join(own, path)) ? own : base, path)),
    [Symbol.asyncDispose]: remove,
  };
}

/** Whether it has code, and all files that its code imports. */
async function isWhole(folder: string): Promise<boolean> {
  const [{ importFindings }, { releaseFiles }] = await Promise.all([import('../engine/check/import-check.ts'), import('../engine/releases/release-files.ts')]);
  const { paths } = await releaseFiles(folder);
  return paths.some((path) => /\.m?[tj]s$/.test(path)) && !(await importFindings(folder)).some(({ code }) => code === 'import-outside');
}

async function baseNamed(folder: string, file: string): Promise<string> {
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
