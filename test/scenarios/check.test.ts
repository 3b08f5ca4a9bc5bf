// `lineshaft check` from outside: folders as a user has them, the command as a user starts it.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageBinary, repository } from '../../scripts/package-binary.ts';
import { runningCommand, type Ended } from '../running-command.ts';

let folder: string;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'lineshaft check ')));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(repository, join(folder, 'node_modules', 'lineshaft'), 'junction');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(join(folder, name));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name, path)), { recursive: true });
    writeFileSync(join(folder, name, path), text);
  }
}
const check = (name: string, ...more: readonly string[]): Promise<Ended> => runningCommand(['check', '--landscape', name, ...more], { cwd: folder }).ended;

const team = "import { defineOwner } from 'lineshaft';\nexport const team = defineOwner({ name: 'team', title: 'Team', mail: 'team@plant.example', side: 'it' });\n";

test('the landscape that the guide begins with is sound', async () => {
  const guide = readFileSync(join(repository, 'docs', 'guide', 'first-landscape.md'), 'utf8').replaceAll('\r\n', '\n');
  const shown = (language: string): string => new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'ms').exec(guide)?.[1] ?? '';
  write('first', { 'plant.ts': shown('ts'), 'tags.csv': shown('csv') });
  const { code, stdout } = await check('first', '--no-types');
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('7 definitions, nothing to mend') });
});

test('rows of a table of tags that are wrong are told with their lines, all of them', async () => {
  const plant = `${team}import { defineAsset, defineSource, defineTags, mqttJson } from 'lineshaft';
export const site = defineAsset({ name: 'site', title: 'Site', level: 'site', owner: team, timeZone: 'Europe/Vienna' });
export const floor = defineSource({ name: 'floor', title: 'Floor', owner: team, connector: mqttJson });
export const tags = defineTags({ file: new URL('tags.csv', import.meta.url), sources: [floor], assets: [site] });
`;
  write('tags', {
    'plant.ts': plant,
    'tags.csv': 'source,address,signal,unit\nfloor,a#/b,site.rate,pack/min\nroof,a#/c,site.heat,Cel\nfloor,a/+#/d,site.odd,Cel\nfloor,"a#/e,site.cold,Cel\n',
  });
  const { code, stdout } = await check('tags', '--no-types');
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /plant\.ts:6:\d+ .*definition-invalid\n {2}tags\.csv:2: "pack\/min" is no unit.*; tags\.csv:3: there is no source "roof"; tags\.csv:4: The address "a\/\+#\/d" is not an exact topic.*; tags\.csv:5: a quote is opened/,
  );
});

test('a folder whose package.json says CommonJS, as npm init writes it, is told what to write there', async () => {
  write('of-npm-init', { 'package.json': '{ "name": "plant", "type": "commonjs" }\n', 'plant.ts': team });
  const { code, stdout } = await check('of-npm-init', '--no-types');
  expect(code).toBe(1);
  expect(stdout).toMatch(/plant\.ts:1:1 {2}error {2}no-module\n.*Cannot use import statement outside a module\..*write "type": "module" there/s);
});

describe.concurrent('what cannot be loaded is a finding with its file, line and column', () => {
  test.for([
    ['a bracket that is missing', 'syntax', '\nexport const one = [1, 2;\n', '2:25', /Expected|Unexpected/],
    ['an error that only V8 sees', 'syntax', 'export const one: number = 1;\n  const one = 2;\n', '2:9', /'one' has already been declared/],
    ['TypeScript that is no type', 'syntax', '\n  enum Colour { Red }\nexport const one = Colour.Red;\n', '2:3', /enum is not supported/],
    [
      'a file that is not there',
      'import-unresolved',
      "// the other file\nimport { one } from './nowhere.ts';\nexport const two = one;\n",
      '2:21',
      /"\.\/nowhere\.ts" does not resolve: Cannot find module/,
    ],
    [
      'a package that is not installed',
      'import-unresolved',
      "import one from 'not-installed-here';\nexport const two = one;\n",
      '1:17',
      /Cannot find package 'not-installed-here'\.$/,
    ],
    [
      'a name that is not exported',
      'export-missing',
      "import { one } from './team.ts';\nexport const two = one;\n",
      '1:10',
      /'\.\/team\.ts' does not provide an export named 'one'\.$/,
    ],
    [
      'a throw',
      'throws-on-load',
      'const none = null as unknown as { one: number };\nexport const two = none.one;\n',
      '2:25',
      /throws while it is loaded: Cannot read properties of null/,
    ],
    ['a definition with a bad name', 'definition-invalid', team.replace("'team'", "'The Team'"), '2:21', /^the owner name "The Team" is not lower-case words/],
  ] as const)('%s', async ([what, code, text, place, message]) => {
    const name = what.replaceAll(' ', '-');
    write(name, { 'broken.ts': text, 'imports-it.ts': "import './broken.ts';\n", ...(code === 'definition-invalid' ? {} : { 'team.ts': team }) });
    const [told, data] = await Promise.all([check(name), check(name, '--json')]);
    const file = join(folder, name, 'broken.ts');
    expect({ code: told.code, stderr: told.stderr }).toEqual({ code: 1, stderr: '' });
    expect(told.stdout).toContain(`${file}:${place}  error  ${code}\n`);
    expect(told.stdout).toMatch(/\n {2}→ .+\n\n1 to mend before the rest can be checked\.\n$/);
    const [line, column] = place.split(':').map(Number);
    expect({ code: data.code, stderr: data.stderr }).toEqual({ code: 1, stderr: '' });
    expect(JSON.parse(data.stdout)).toMatchObject({
      findings: [{ severity: 'error', code, site: { file, line, column }, message: expect.stringMatching(message), help: expect.stringMatching(/\.$/) }],
    });
  });
});

test('an import of what is no part of the release is a finding with its place', async () => {
  const other = { 'node_modules/other/package.json': '{ "name": "other", "type": "module", "exports": "./index.js" }', 'node_modules/other/index.js': 'export const one = 1;\n' };
  write('with-packages', {
    ...other,
    'team.ts': `import 'node:fs';\nimport { join } from 'path';\nimport type { One } from 'other';\nimport { rate } from './rates.ts';\n${team}export const place = (one: One) => join(String(one), rate);\n`,
    'rates.ts': "import table from './rates.json' with { type: 'json' };\nexport const rate = table.rate;\n",
    'rates.json': '{ "rate": "1" }',
    'team.test.ts': "import { one } from 'other';\nexport const two = one;\n",
    'static.ts': "import { one } from 'other';\nexport const two: number = one;\n",
    'passed-on.ts': "export { one } from 'other';\nexport * from 'other';\n",
    'late.ts': "export const late = async () => (await import('other')).one;\n",
    'outside.ts': "export * from '../outside.ts';\n",
    'settings.ts': "export * from './environments/settings.ts';\n",
    'environments/settings.ts': 'export const setting = 1;\n',
  });
  writeFileSync(join(folder, 'outside.ts'), 'export const outside = 1;\n');
  const { code, stdout, stderr } = await check('with-packages', '--json');
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  const { findings } = JSON.parse(stdout) as {
    readonly findings: readonly { readonly code: string; readonly site: { readonly file: string; readonly line: number; readonly column: number } }[];
  };
  expect(findings.map(({ code: what, site }) => `${what} ${site.file.slice(join(folder, 'with-packages').length + 1)}:${site.line}:${site.column}`)).toEqual([
    'import-package late.ts:1:47',
    'import-outside outside.ts:1:15',
    'import-package passed-on.ts:1:21',
    'import-package passed-on.ts:2:15',
    'import-outside settings.ts:1:15',
    'import-package static.ts:1:21',
  ]);
});

test('a source or output whose package is not installed is a warning that names both and the command that installs it', async () => {
  const plant = `${team}import { Type, defineOutput, defineOutputConnector, defineSource, defineSourceConnector, modbus, schema } from 'lineshaft';
const options = schema(Type.Object({}));
const open = async () => ({ samples: () => {}, stale: () => {}, close: async () => {} });
export const own = defineSourceConnector({ name: 'own', title: 'Own', options, packages: ['own-client', 'not-installed'], open });
export const line = defineSource({ name: 'line', title: 'Line', owner: team, connector: own });
export const press = defineSource({ name: 'press', title: 'Press', owner: team, connector: modbus });
export const spoken = defineOutputConnector({ name: 'spoken', title: 'Spoken', options, packages: ['not-installed', 'nor-this'], open });
export const board = defineOutput({ name: 'board', title: 'Board', owner: team, connector: spoken });
`;
  write('packages', {
    'plant.ts': plant,
    'node_modules/own-client/package.json': '{ "name": "own-client", "type": "module", "exports": { "import": "./index.js" } }',
    'node_modules/own-client/index.js': 'throw new Error("loaded");\n',
  });
  const { code, stdout, stderr } = await check('packages', '--no-types');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain(
    `plant.ts:7  warning  package-missing\n  The source "line" speaks own with the package "not-installed", which is not installed here: an edge without it does not listen to it.\n  → Run npm install not-installed beside lineshaft, wherever an edge runs this landscape.\n`,
  );
  expect(stdout).toContain('The output "board" speaks spoken with the packages "not-installed" and "nor-this", which are not installed here');
  expect(stdout).toMatch(/\n2 to mend in \d+ definitions\.\n$/);
});

test('a misspelt import of a contract is a finding at the webhook', async () => {
  const webhook = `import { defineSystem, defineWebhook, httpJson } from 'lineshaft';
import * as people from './team.ts';
export const wms = defineSystem({ name: 'wms', title: 'WMS', role: 'engagement', owner: people.team, connector: httpJson });
export const door = defineWebhook({ name: 'door', system: wms, contract: people.arrival, map: () => undefined });
`;
  write('misspelt', { 'team.ts': team, 'webhook.ts': webhook });
  const { code, stdout, stderr } = await check('misspelt');
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  expect(stdout).toContain(
    `${join(folder, 'misspelt', 'webhook.ts')}:4  error  part-missing\n  The webhook "door" has no "contract": it is undefined.\n  → Correct the name or the import`,
  );
});

describe('a folder without a landscape', () => {
  test.for([
    ['nothing in it', {}, 'no TypeScript files'],
    ['a package of its own only', { 'package.json': '{ "type": "module" }\n' }, 'no TypeScript files'],
    [
      'packages only, which are never looked into',
      { 'package.json': '{}', 'node_modules/other/team.ts': team, 'node_modules/other/index.js': 'throw new Error("looked into");\n' },
      'no TypeScript files',
    ],
    ['code that declares nothing', { 'sum.ts': 'export const sum = (a: number, b: number): number => a + b;\n' }, 'none of its files exports a definition'],
  ] as const)('that has %s is wrong use, and says what to do', async ([what, files, why]) => {
    const name = what.replaceAll(/\W+/g, '-');
    write(name, files);
    const { code, stdout, stderr } = await check(name);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`There is no landscape in ${join(folder, name)}: ${why}. Name its folder with --landscape DIR.`);
  });
});

test('only what the landscape itself declares is counted', async () => {
  write('small', { 'team.ts': team, 'node_modules/other/team.ts': team.replace("'team'", "'other'") });
  expect(await check('small')).toMatchObject({
    code: 0,
    stderr: '',
    stdout: expect.stringMatching(/^1 definition, nothing to mend\. Release [0-9a-f]{16}\.\nTypes not checked: no typescript here \(npm install --save-dev typescript\)\.\n$/),
  });
});

test('types are checked by the compiler of the project and under its options, the landscape alone', { timeout: 240_000 }, async () => {
  const project = join(folder, 'typed');
  const wrong = 'export const count: number = team.name;\n';
  write('typed', {
    'tsconfig.json': JSON.stringify({
      compilerOptions: { module: 'nodenext', target: 'es2024', strict: true, noUnusedLocals: true, customConditions: ['source'], composite: true, rootDir: 'other' },
      include: ['other'],
    }),
    'package.json': '{ "type": "module" }',
    'other/other.ts': wrong,
    'plant/team.ts': team,
    'plant/count.ts': `import { team } from './team.ts';\n${wrong}const unused = 1;\n${'export const more: number = team.title;\n'.replaceAll('more', 'a1')}${[2, 3, 4, 5, 6].map((n) => `export const a${n}: number = team.title;\n`).join('')}`,
    'plant/count.test.ts': wrong,
    'plant/shape.ts': "import type { Shape } from './shapes.d.ts';\nexport const shape: Shape = { corners: { of: { a: 'one' } } };\n",
    'plant/shapes.d.ts': 'export interface Shape {\n  corners: { of: { a: number } };\n}\n',
  });
  mkdirSync(join(project, 'node_modules'));
  for (const [name, target] of [
    ['lineshaft', repository],
    ['typescript', dirname(dirname(packageBinary('typescript', 'tsc')))],
  ] as const)
    symlinkSync(target, join(project, 'node_modules', name), 'junction');
  const [told, without] = await Promise.all([check('typed/plant'), check('typed/plant', '--no-types')]);
  expect({ code: told.code, stderr: told.stderr }).toEqual({ code: 1, stderr: '' });
  const places = told.stdout
    .split('\n')
    .filter((line) => line.startsWith(project))
    .map((line) => line.slice(project.length + 1));
  expect(places).toEqual([
    'plant/count.ts:2:14  error  type',
    'plant/count.ts:3:7  error  type',
    ...[4, 5, 6, 7].map((line) => `plant/count.ts:${line}:14  error  type`),
    'plant/count.ts:8:14  error  type',
  ]);
  expect(told.stdout).toContain("\n  TS2322: Type 'string' is not assignable to type 'number'.\n  → ");
  expect(told.stdout).toContain('And more like these, from here on: 3 of TS2322.');
  expect(without).toMatchObject({ code: 0, stdout: expect.stringMatching(/nothing to mend\. Release [0-9a-f]{16}\.\n$/) });
  expect(readdirSync(join(project, 'node_modules', '.cache'))).toEqual([]);
  expect(readdirSync(project).toSorted()).toEqual(['node_modules', 'other', 'package.json', 'plant', 'tsconfig.json']);
});

test.each([
  ['Tryton as its ERP', 'packaging-plant-tryton'],
  ['a packer over OPC UA', 'packaging-plant-opcua'],
])('the packaging plant with %s has nothing to mend', async (_what, other) => {
  for (const example of ['packaging-plant', other]) cpSync(join(repository, 'examples', example), join(folder, `with-${other}`), { recursive: true });
  expect(await check(`with-${other}`)).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^\d+ definitions, nothing to mend\./) });
});

test('what an environment sets is held to what hub and edge take; what it refers to need not be there', async () => {
  write('of-environment', {
    'plant.ts': team,
    'env.yaml': 'recordings: { megabytes: 3000 }\n',
    'good.yaml': 'recordings: { kilobytesPerSecond: 64 }\nstore: { url: "${secret:DB}" }\n',
  });
  const { code, stdout } = await check('of-environment', '--no-types', '--env', 'of-environment/env.yaml');
  expect(code).toBe(1);
  expect(stdout).toMatch(/of-environment\/env\.yaml:1 {2}error {2}environment-invalid\n {2}The environment .*recordings\/megabytes/);
  expect(await check('of-environment', '--no-types', '--env', 'of-environment/good.yaml')).toMatchObject({ code: 0, stderr: '' });
});

describe('a folder with only what differs from a landscape', () => {
  const opcua = 'packaging-plant-opcua';
  beforeAll(() => {
    for (const example of ['packaging-plant', opcua]) cpSync(join(repository, 'examples', example), join(folder, 'overlays', example), { recursive: true });
  });

  test('is told as an overlay of that, and checked laid over it', async () => {
    const [alone, both] = await Promise.all([check(`overlays/${opcua}`), check(`with-${opcua}`)]);
    expect(alone).toMatchObject({ code: 0, stderr: '' });
    const { groups: { told = '', base = '', rest = '' } = {} } =
      /^(?<told>.*) is an overlay of (?<base>.*), and is checked laid over it\.\n\n(?<rest>.*)$/s.exec(alone.stdout) ?? {};
    expect([told, base]).toEqual([join(folder, 'overlays', opcua), join(folder, 'overlays', 'packaging-plant')]);
    // The release that both make where they are copied into one folder; which is whole, and so no overlay any more.
    expect(rest).toBe(both.stdout);
    expect(readdirSync(join(folder, 'overlays')).toSorted()).toEqual(['packaging-plant', opcua]);
  });

  test('has what is wrong told at its own file, or at that of the base', async () => {
    const wrong = join(folder, 'wrong');
    for (const example of ['packaging-plant', opcua]) cpSync(join(repository, 'examples', example), join(wrong, example), { recursive: true });
    writeFileSync(join(wrong, opcua, 'heat.ts'), "import './gone.ts';\n");
    writeFileSync(join(wrong, 'packaging-plant', 'loose.ts'), "import './lost.ts';\n");
    const { code, stdout } = await check(`wrong/${opcua}`, '--no-types', '--json');
    const { overlayOf, findings }: { overlayOf?: string; findings?: readonly { site: { file: string }; message: string }[] } = JSON.parse(stdout);
    expect({ code, overlayOf }).toEqual({ code: 1, overlayOf: join(wrong, 'packaging-plant') });
    expect(findings?.map(({ site }) => site.file)).toEqual([join(wrong, opcua, 'heat.ts'), join(wrong, 'packaging-plant', 'loose.ts')]);
    expect(stdout).not.toContain('.lineshaft-overlay-');
    expect(readdirSync(wrong).toSorted()).toEqual(['packaging-plant', opcua]);
  });

  test('without that landscape is told as an overlay of it, and not checked as if it were whole', async () => {
    cpSync(join(repository, 'examples', opcua), join(folder, 'alone', opcua), { recursive: true });
    const { code, stdout, stderr } = await check(`alone/${opcua}`);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`is an overlay of ${join(folder, 'alone', 'packaging-plant')} (overlay.yaml), which is not there. Put that there`);
  });

  describe('over another one like it', () => {
    /** Folders `a`, `b` and so on, each laid over the next. */
    function chain(name: string, length: number, lastBase?: string): string {
      const root = join(folder, name);
      for (const [index, layer] of layers.slice(0, length).entries()) {
        mkdirSync(join(root, layer), { recursive: true });
        const base = layers[index + 1] ?? '';
        if (index < length - 1 || lastBase !== undefined) writeFileSync(join(root, layer, 'overlay.yaml'), `base: ../${index < length - 1 ? base : lastBase}\n`);
      }
      return root;
    }
    const layers = 'a b c d e f g h i j k'.split(' ');

    test('is checked laid over all of them: the file of the nearest counts, and a finding names the layer that it is in', async () => {
      const root = chain('layers', 3);
      writeFileSync(join(root, 'c', 'said.ts'), "export const said = 'c';\n");
      writeFileSync(join(root, 'c', 'plant.ts'), team);
      writeFileSync(join(root, 'b', 'said.ts'), "import './gone.ts';\nexport const said = 'b';\n");
      writeFileSync(join(root, 'a', 'own.ts'), "import { said } from './said.ts';\nexport const told = said;\n");
      const { code, stdout } = await check('layers/a', '--no-types', '--json');
      const answer: { overlayBases?: string[]; findings?: readonly { site: { file: string }; message: string }[] } = JSON.parse(stdout);
      expect({ code, bases: answer.overlayBases }).toEqual({ code: 1, bases: [join(root, 'b'), join(root, 'c')] });
      expect(answer.findings?.map(({ site }) => site.file)).toEqual([join(root, 'b', 'said.ts')]);
      writeFileSync(join(root, 'b', 'said.ts'), "import './night.ts';\nexport const said = 'b';\n");
      writeFileSync(join(root, 'c', 'night.ts'), 'export {};\n');
      const told = await check('layers/a', '--no-types');
      expect(told.stdout).toContain(`${join(root, 'a')} is an overlay of ${join(root, 'b')}, an overlay of ${join(root, 'c')}, and is checked laid over all of them.`);
      expect(readdirSync(root).toSorted()).toEqual(['a', 'b', 'c']);
    });

    test('is refused with their names where they lead round in a circle', async () => {
      const root = chain('circle', 3, 'b');
      const { code, stdout, stderr } = await check('circle/a');
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(`comes back to ${join(root, 'b')}: ${['a', 'b', 'c', 'b'].map((each) => join(root, each)).join(' → ')}. Name another base`);
    });

    test('is refused with their names where there are more than eight', async () => {
      const root = chain('deep', 11, 'nowhere');
      const { code, stderr } = await check('deep/a');
      expect(code).toBe(2);
      expect(stderr).toContain(
        `goes on after 8 bases: ${layers
          .slice(0, 9)
          .map((each) => join(root, each))
          .join(' → ')}. Copy some`,
      );
    });
  });
});

test('the repository of Lineshaft is no landscape: nothing in it is run, and the next step is told', async () => {
  const { code, stderr } = await runningCommand(['check'], { cwd: repository }).ended;
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('--landscape examples/packaging-plant') });
});
