import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { describe, expect, test } from 'vitest';
import { complaints, type Tree } from './complaints.ts';

const root = join(import.meta.dirname, '..', '..');

function treeOf(...folders: readonly string[]): Tree {
  const tree = new Map<string, string>();
  for (const folder of folders.filter((name) => existsSync(join(root, name)))) {
    for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isFile() && /\.tsx?$/.test(entry.name))
        tree.set(
          path
            .slice(root.length + 1)
            .split(sep)
            .join('/'),
          readFileSync(path, 'utf8'),
        );
    }
  }
  return tree;
}

test('the sources keep the layout, the layers and the style', () => {
  expect(complaints(treeOf('src', 'examples'))).toEqual([]);
});

const long = (lines: number): string => 'export const a = 1;\n'.repeat(lines).replaceAll('a', (_, at: number) => `a${at}`);
const longFunction = (lines: number): string => `export function long() {\n${'  work();\n'.repeat(lines - 2)}}\ndeclare function work(): void;\n`;

/** Each tree has one thing wrong, and exactly that is said. */
const violations: readonly (readonly [name: string, tree: Readonly<Record<string, string>>, complaint: string])[] = [
  [
    'the kernel importing the model',
    { 'src/kernel/a.ts': `import type { B } from '../model/b.ts';\n`, 'src/model/b.ts': '' },
    'src/kernel/a.ts:1 imports src/model/b.ts: kernel sees only kernel',
  ],
  [
    'the model importing a port',
    { 'src/model/a.ts': `\nimport { b } from '../store/store.ts';\n`, 'src/store/store.ts': '' },
    'src/model/a.ts:2 imports src/store/store.ts: model sees only kernel, model',
  ],
  [
    'the engine importing an adapter',
    { 'src/engine/log/a.ts': `const b = await import('../../store/sqlite/b.ts');\n`, 'src/store/sqlite/b.ts': '' },
    'src/engine/log/a.ts:1 imports src/store/sqlite/b.ts: engine sees only kernel, model, port, engine',
  ],
  [
    'the engine importing the connectors',
    { 'src/engine/a.ts': `export { b } from '../connectors/index.ts';\nexport const a = 1;\n`, 'src/connectors/index.ts': '' },
    'src/engine/a.ts:1 imports src/connectors/index.ts: engine sees only kernel, model, port, engine',
  ],
  [
    'the engine importing the api',
    { 'src/engine/a.ts': `let b: import('../api/b.ts').B;\n`, 'src/api/b.ts': '' },
    'src/engine/a.ts:1 imports src/api/b.ts: engine sees only kernel, model, port, engine',
  ],
  [
    'the api importing the composition',
    { 'src/api/a.ts': `import '../run/hub.ts';\n`, 'src/run/hub.ts': '' },
    'src/api/a.ts:1 imports src/run/hub.ts: api sees only kernel, model, port, engine, api',
  ],
  [
    'the command importing an adapter',
    { 'src/cli.ts': `import './store/sqlite/b.ts';\n`, 'src/store/sqlite/b.ts': '' },
    'src/cli.ts:1 imports src/store/sqlite/b.ts: cli sees only kernel, model, port, engine, api, run, cli',
  ],
  [
    'an adapter importing another',
    { 'src/connectors/mqtt/a.ts': `import '../http/b.ts';\n`, 'src/connectors/http/b.ts': '' },
    'src/connectors/mqtt/a.ts:1 imports src/connectors/http/b.ts: an adapter sees no other adapter',
  ],
  [
    'an adapter importing a foreign port',
    { 'src/connectors/mqtt/a.ts': `import '../../store/store.ts';\n`, 'src/store/store.ts': '' },
    'src/connectors/mqtt/a.ts:1 imports src/store/store.ts: an adapter sees no port but its own',
  ],
  [
    'an adapter importing the engine',
    { 'src/store/sqlite/a.ts': `import '../../engine/b.ts';\n`, 'src/engine/b.ts': '' },
    'src/store/sqlite/a.ts:1 imports src/engine/b.ts: adapter sees only kernel, model, port, adapter',
  ],
  [
    'a counterpart importing ours',
    { 'src/counterparts/erp/a.ts': `import { Fault } from '../../kernel/errors.ts';\n`, 'src/kernel/errors.ts': '' },
    'src/counterparts/erp/a.ts:1 imports src/kernel/errors.ts: counterparts sees only counterparts',
  ],
  [
    'a counterpart importing us by name',
    { 'src/counterparts/erp/a.ts': `import { Fault } from 'lineshaft';\n`, 'src/index.ts': '' },
    'src/counterparts/erp/a.ts:1 imports src/index.ts: counterparts sees only counterparts',
  ],
  [
    'the composition importing a counterpart',
    { 'src/run/demo.ts': `import '../counterparts/erp/erp.ts';\n`, 'src/counterparts/erp/erp.ts': '' },
    'src/run/demo.ts:1 imports src/counterparts/erp/erp.ts: run sees only kernel, model, port, registry, adapter, engine, api, run, demo',
  ],
  [
    'the console importing code of the api',
    { 'src/console/a.ts': `import { b } from '../api/b.ts';\n`, 'src/api/b.ts': '' },
    'src/console/a.ts:1 imports src/api/b.ts: the console speaks HTTP and imports types only',
  ],
  [
    'the edge importing flows',
    { 'src/engine/edge/a.ts': `import '../flows/b.ts';\n`, 'src/engine/flows/b.ts': '' },
    'src/engine/edge/a.ts:1 imports src/engine/flows/b.ts: the edge never imports flows or effects',
  ],
  ['a file in no layer', { 'src/orders/a.ts': '' }, 'src/orders/a.ts lies in no layer of the layout'],
  [
    'a landscape importing another package',
    { 'examples/plant/flows/a.ts': `import { b } from 'undici';\n` },
    'examples/plant/flows/a.ts:1 imports undici: a landscape depends on lineshaft only',
  ],
  [
    'a landscape reaching into the sources',
    { 'examples/plant/a.ts': `import { b } from '../../src/index.ts';\n` },
    'examples/plant/a.ts:1 imports ../../src/index.ts: a landscape depends on lineshaft only',
  ],
  ['a file that is too long', { 'src/kernel/a.ts': long(401) }, 'src/kernel/a.ts has 401 lines, at most 400'],
  ['a function that is too long', { 'src/kernel/a.ts': longFunction(71) }, 'src/kernel/a.ts:1 a function of 71 lines, at most 70'],
  ['a file named utils', { 'src/kernel/utils.ts': '' }, 'src/kernel/utils.ts "utils" names no thing: give it the name of what it owns'],
  ['a folder named common', { 'src/engine/common/a.ts': '' }, 'src/engine/common/a.ts "common" names no thing: give it the name of what it owns'],
  ['a file in camel case', { 'src/kernel/retryDelay.ts': '' }, 'src/kernel/retryDelay.ts "retryDelay.ts" is not kebab-case'],
  [
    'a barrel',
    { 'src/engine/log.ts': `export { a } from './b.ts';\nexport * from './b.ts';\n`, 'src/engine/b.ts': '' },
    'src/engine/log.ts is a barrel: import from the file that owns the thing',
  ],
  ['an index', { 'src/engine/flows/index.ts': 'export const a = 1;\n' }, 'src/engine/flows/index.ts is a barrel: import from the file that owns the thing'],
  ['a default export', { 'src/kernel/a.ts': 'const a = 1;\nexport default a;\n' }, 'src/kernel/a.ts:2 has a default export'],
  ['an enum', { 'src/kernel/a.ts': 'export enum A { B }\n' }, 'src/kernel/a.ts:1 has an enum'],
  ['a namespace', { 'src/kernel/a.ts': 'export namespace A { export const b = 1; }\n' }, 'src/kernel/a.ts:1 has a namespace'],
  ['an import of timers', { 'src/engine/a.ts': `import { setImmediate } from 'node:timers/promises';\n` }, 'src/engine/a.ts:1 imports node:timers/promises: take a Clock'],
  [
    'a cast without a reason',
    { 'src/kernel/a.ts': 'declare const b: unknown;\n\nexport const a = b as string;\n' },
    'src/kernel/a.ts:3 has a cast without a comment that says why it is true',
  ],
  [
    'a cycle',
    { 'src/kernel/b.ts': `import './c.ts';\n`, 'src/kernel/c.ts': `import './a.ts';\n`, 'src/kernel/a.ts': `import type { B } from './b.ts';\n` },
    'src/kernel/a.ts imports itself: src/kernel/a.ts → src/kernel/b.ts → src/kernel/c.ts → src/kernel/a.ts',
  ],
];

const impurities = [
  'Date.now()',
  'new Date()',
  'performance.now()',
  'Math.random()',
  'process.env',
  'process.argv',
  'process.exit(1)',
  'process.hrtime()',
  'setTimeout(f, 1)',
  'globalThis.setInterval(f, 1)',
  'AbortSignal.timeout(1)',
  'crypto.randomUUID()',
  'randomBytes(8)',
];

describe('each violation is refused by name', () => {
  test.each(violations)('%s', (_, tree, complaint) => {
    expect(complaints(new Map(Object.entries(tree)))).toEqual([complaint]);
  });

  test.each(impurities)('%s outside the composition', (expression) => {
    const what = expression
      .replace('globalThis.', '')
      .replace('crypto.', '')
      .replace(/\(.*\)$/, '')
      .replace('new Date', 'new Date()');
    expect(complaints(new Map([['src/engine/a.ts', `export const a = () => ${expression};\n`]]))).toEqual([
      `src/engine/a.ts:1 uses ${what}: time, chance and the environment are arguments`,
    ]);
  });
});

describe('what only looks like a violation passes', () => {
  const innocent: readonly (readonly [name: string, tree: Readonly<Record<string, string>>])[] = [
    [
      'names in comments and strings',
      {
        'src/engine/a.ts': `// import '../run/hub.ts'; Date.now()\nexport const a = "import '../run/hub.ts'; process.env; enum A {}";\nexport const b = \`\${a} setTimeout(f, 1)\`;\n`,
      },
    ],
    ['a date made of an argument', { 'src/engine/a.ts': 'export const iso = (ms: number): string => new Date(ms).toISOString();\n' }],
    ['the clock in the composition', { 'src/run/a.ts': 'export const now = (): number => Date.now();\n' }],
    ['arguments and exit in the command', { 'src/cli.ts': 'process.exit(process.argv.length);\n' }],
    ['a cast with its reason', { 'src/kernel/a.ts': 'declare const b: unknown;\n// The caller has checked it.\nexport const a = b as string;\nexport const c = [1] as const;\n' }],
    ['types of the api in the console', { 'src/console/a.ts': `import type { B } from '../api/b.ts';\n`, 'src/api/b.ts': '' }],
    [
      'a store with its migrations',
      { 'src/store/sqlite/a.ts': `import '../migrations/hub-001.ts';\nimport '../store.ts';\n`, 'src/store/migrations/hub-001.ts': '', 'src/store/store.ts': '' },
    ],
    ['a long test that reaches across layers', { 'src/engine/a.test.ts': `import '../run/hub.ts';\nsetTimeout(() => undefined, 1);\n${long(401)}`, 'src/run/hub.ts': '' }],
    ['a function and a file just short enough', { 'src/kernel/a.ts': long(400), 'src/kernel/b.ts': longFunction(70) }],
    [
      'a landscape with its tests',
      {
        'examples/plant/a.flow.ts': `import { defineFlow } from 'lineshaft';\nimport './b.ts';\n`,
        'examples/plant/b.ts': '',
        'examples/plant/a.flow.test.ts': `import 'vitest';\nimport 'lineshaft/testing';\n`,
      },
    ],
  ];
  test.each(innocent)('%s', (_, tree) => {
    expect(complaints(new Map(Object.entries(tree)))).toEqual([]);
  });
});
