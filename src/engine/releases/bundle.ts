import { isUtf8 } from 'node:buffer';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { Fault } from '../../kernel/errors.ts';
import { Type } from 'typebox';
import { parse, schema } from '../../kernel/schema.ts';
import { releaseOf, type ReleaseFiles } from './release-files.ts';

const shape = schema(
  Type.Object({
    format: Type.Literal(1),
    files: Type.Array(Type.Object({ path: Type.String({ minLength: 1 }), encoding: Type.Union([Type.Literal('utf8'), Type.Literal('base64')]), content: Type.String() })),
  }),
);

/** A release's files as one JSON text. */
export function bundled({ contents }: ReleaseFiles): string {
  const files = [...contents].map(([path, content]) => {
    const encoding = isUtf8(content) ? 'utf8' : 'base64';
    return { path, encoding, content: content.toString(encoding) };
  });
  return JSON.stringify({ format: 1, files });
}

/**
 * Lays the files of a bundle out in `folder`, which is there whole or not at all. Raises STORE_DIVERGED where they are not those of
 * `release`, and INPUT_INVALID where that is no bundle.
 */
export async function unbundle(body: string, release: string, folder: string): Promise<void> {
  const { files } = parse(shape, JSON.parse(body), `The kept release ${release}`);
  const contents = new Map(files.map(({ path, encoding, content }) => [path, Buffer.from(content, encoding)]));
  const found = releaseOf(contents);
  if (found !== release) throw new Fault('STORE_DIVERGED', `The files kept as release ${release} are those of ${found}.`, { release, found });
  const aside = `${folder}.new`;
  await rm(aside, { recursive: true, force: true });
  for (const [path, content] of contents) {
    const target = resolve(aside, path);
    if (!target.startsWith(resolve(aside) + sep)) throw new Fault('STORE_DIVERGED', `The kept release ${release} has a file outside of its folder: ${path}.`, { release, path });
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, content);
  }
  await rm(folder, { recursive: true, force: true });
  await rename(aside, join(folder));
}
