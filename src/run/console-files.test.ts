import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { until } from '../../test/until.ts';
import { consoleFiles } from './console-files.ts';

test('files of the built console are served by their names, packed where they are, and nothing beside them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lineshaft-console-'));
  try {
    expect(await consoleFiles(folder)).toBeUndefined();
    await mkdir(join(folder, 'assets'));
    await writeFile(join(folder, 'index.html'), '<p>');
    await writeFile(join(folder, 'assets', 'a.js'), 'plain');
    await writeFile(join(folder, 'assets', 'a.js.gz'), 'packed');
    const files = await consoleFiles(folder);
    const text = async (path: string, gzip: boolean) => (await files?.file(path, { gzip }))?.body.toString();
    expect(await text('index.html', true)).toBe('<p>');
    expect([await text('assets/a.js', false), await text('assets/a.js', true)]).toEqual(['plain', 'packed']);
    expect([await text('../index.html', false), await text('assets/a.js.gz', false), await text('none.js', false)]).toEqual([undefined, undefined, undefined]);
    await rm(join(folder, 'assets', 'a.js'));
    await rm(join(folder, 'assets', 'a.js.gz'));
    expect(await text('assets/a.js', false)).toBeUndefined();
    await writeFile(join(folder, 'assets', 'b.js'), 'newer');
    await until('the newer build is seen', async () => (await text('assets/b.js', false)) === 'newer');
  } finally {
    await rm(folder, { recursive: true });
  }
});
