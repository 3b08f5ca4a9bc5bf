import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Definition } from '../../model/definition.ts';
import { outlineText } from './outline-for-test.ts';
import { readOutline, type OutlineParts } from './outline-reader.ts';
import { sourceFiles } from './source-files.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lineshaft-outline-'));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

const main = 'flow.ts';

/** The outline of the first flow of `flow.ts` among these files. */
async function outlineOf(texts: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const home = await mkdtemp(join(folder, 'case-'));
  for (const [name, text] of Object.entries(texts)) {
    await mkdir(join(home, name, '..'), { recursive: true });
    await writeFile(join(home, name), text);
  }
  const file = join(home, main);
  const definition: Definition = { kind: 'flow', name: 'f', site: { file, line: 1 } };
  const files = await sourceFiles([definition], home + sep);
  const module = files.module(file);
  const [definer] = module?.definitions ?? [];
  if (!module || !definer) return ['unread'];
  const parts: OutlineParts = {
    files,
    root: home + sep,
    about: (_verb, reference) => ({ node: undefined, title: reference?.text ?? '', system: undefined }),
    limit: ({ text }) => (text === 'patience' ? { name: 'flow.patience', value: '30m' } : undefined),
  };
  return outlineText(readOutline(parts, module, definer.call));
}

const body = (lines: string): Readonly<Record<string, string>> => ({ [main]: `export const f = defineFlow({ name: 'f', async run(flow, event) {\n${lines}\n} });` });

test.each<[what: string, body: string, expected: readonly string[]]>([
  ['steps in order', 'await flow.call(a, {});\nconst x = await flow.decide(b, {});', ['call a', 'decide b']],
  [
    'what the options say',
    "await flow.post(a, {}, { maxAge: '4h', as: 'tell', undo: () => action(b, {}) });\nawait flow.waitFor(b, { key: {}, within: patience });\nawait flow.sleep('1h');\nawait flow.sleep(longer(event));",
    ['post a as tell max age 4h undo', 'waitFor b within 30m (flow.patience)', 'sleep within 1h', 'sleep within longer(event)'],
  ],
  ['a fork', 'if (event.late) { await flow.call(a, {}); } else await flow.call(b, {});', ['if event.late', '  call a', 'else', '  call b']],
  ['a fork that does nothing is none', 'let x = 1; if (event.late) x = 2;\nawait flow.call(a, { x });', ['call a']],
  [
    'a chain of forks',
    "if (event.n > 2) return;\nelse if (event.n > 1) { await flow.call(a, {}); throw new Error('x'); }\nelse await flow.call(b, {});",
    [
      "if event.n > 2 = event's n is above 2",
      '  return leaves flow',
      'else',
      "  if event.n > 1 = event's n is above 1",
      '    call a',
      '    throw leaves flow',
      '  else',
      '    call b',
    ],
  ],
  [
    'a fork within an expression',
    'const x = event.late ? await flow.call(a, {}) : 3;\nconst y = x ?? (await flow.call(b, {}));\nevent.z && (await flow.call(c, {}));',
    ['if event.late', '  call a', 'if x', 'else', '  call b', 'if event.z', '  call c'],
  ],
  [
    'a wait that is asked for whether it came',
    'if (await flow.waitFor(cleared, { key: {}, within: patience })) return flow.compensate();\nif (!(await flow.waitFor(other, { key: {}, within: "1h" }))) await flow.raise(lost, { evidence: {} });',
    [
      'waitFor cleared within 30m (flow.patience)',
      'if "cleared" = "cleared" came',
      '  compensate',
      '  return leaves flow',
      'waitFor other within 1h',
      'if !("other") = "other" did not come',
      '  raise lost',
    ],
  ],
  [
    'what became of a step, by the variable that holds it',
    "const came = await flow.waitFor(a, { key: {}, within: '1h' });\nconst tried = await flow.attempt(b, {});\nconst plan = await flow.decide(c, {});\nif (came === undefined) return;\nif (!tried.ok) return;\nif (plan.kind !== 'late') return;\nif (plan.kind === 'late' && event.x) return;",
    [
      'waitFor a within 1h',
      'attempt b',
      'decide c',
      'if came === undefined = "a" did not come',
      '  return leaves flow',
      'if !tried.ok = "b" was refused',
      '  return leaves flow',
      'if plan.kind !== \'late\' = "c": not late',
      '  return leaves flow',
      "if plan.kind === 'late' && event.x",
      '  return leaves flow',
    ],
  ],
  [
    'a long condition in one line',
    `if (event.a /* why */ &&\n  event.b // so\n  && ${'event.something && '.repeat(8)} event.z) await flow.call(a, {});`,
    [expect.stringMatching(/^if event\.a && event\.b && event\.something .{80,}…$/), '  call a'],
  ],
  [
    'steps at once',
    'const [x, y] = await Promise.all([flow.call(a, {}), flow.call(b, {})]);\nawait Promise.all([flow.call(c, {})]);',
    ['at once', '  call a', '  call b', 'call c'],
  ],
  [
    'several steps of one of those at once stand together',
    'await Promise.all([flow.call(a, {}), (async () => { await flow.call(b, {}); await flow.call(c, {}); })()]);',
    ['at once', '  call a', '  part ', '    call b', '    call c'],
  ],
  [
    'loops',
    'for (const each of event.orders) { if (each.done) continue; await flow.call(a, {}); if (each.last) break; }\nawait Promise.all(event.parts.map(async (part) => { if (part.x) return; await flow.call(b, {}); }));\nwhile (await flow.waitFor(c, { key: {}, within: "1h" })) await flow.call(d, {});\nfor (let i = 0; i < 3; i += 1) await flow.call(e, {});',
    [
      'each event.orders',
      '  if each.done',
      '    continue leaves turn',
      '  call a',
      '  if each.last',
      '    break leaves loop',
      'each event.parts, at once',
      '  if part.x',
      '    return leaves turn',
      '  call b',
      'while "c"',
      '  waitFor c within 1h',
      '  call d',
      'while i < 3',
      '  call e',
    ],
  ],
  [
    'a switch',
    "switch (event.kind) { case 'a': case 'b': await flow.call(a, {}); break; case 'c': return; default: await flow.call(d, {}); }",
    ["if event.kind is 'a' or 'b'", '  call a', 'else', "  if event.kind is 'c'", '    return leaves flow', '  else', '    call d'],
  ],
  [
    'what may be thrown',
    'try { await flow.call(a, {}); } catch (error) { await flow.raise(b, { evidence: {} }); } finally { await flow.call(c, {}); }',
    ['call a', 'if an error is thrown', '  raise b', 'call c'],
  ],
  [
    'comments directly above',
    '// First the books.\n// Then the rest.\nconst x = await flow.call(a, {});\n\n// Not this one.\n\nawait flow.call(b, {}); // nor this\n/* Late ones only. */\nif (x.late) {\n  // oxlint-disable-next-line\n  await flow.call(c, {});\n}',
    ['call a // First the books. Then the rest.', 'call b', 'if x.late // Late ones only.', '  call c'],
  ],
  ['a step within the input of another', 'await flow.call(a, { x: await flow.call(b, {}) });', ['call b', 'call a']],
  [
    'the context by another name, or taken apart',
    "const ctx = flow;\nawait ctx.call(a, {});\nconst { decide: judge } = flow;\nawait judge(b, {});\nawait flow['call'](c, {});",
    ['call a', 'decide b', 'call c'],
  ],
  ['nothing that is only mentioned', "const text = 'flow.call(no)';\n// flow.call(no)\nconst t = `flow.call(${event.x})`;\nflow.now();\naction(a, {});", []],
  ['what comes after a return', 'await flow.call(a, {}); return; await flow.call(b, {});', ['call a', 'return leaves flow', '(and more)']],
  ['what is hidden in a table of functions', 'const table = { a: async () => flow.call(a, {}) };\nawait table.a();\nawait flow.call(b, {});', ['call b', '(and more)']],
  ['what is handed to strangers', 'await helper(flow);\nawait flow.call(a, {});', ['call a', '(and more)']],
  ['types', 'const x = (await flow.call<In, Out>(a, {} satisfies In)) as Out;\nconst y: Result<Out> = await flow.call(b!, {});', ['call a', 'call b']],
])('%s', async (_what, lines, expected) => {
  expect(await outlineOf(body(lines))).toEqual(expected);
});

test('functions of the file and of files beside it are parts, where they are called, with what was given for their parameters', async () => {
  const texts = {
    [main]: `import { tell as inform } from './parts/tell.ts';
import * as more from './parts/tell.ts';
export const f = defineFlow({ name: 'f', run: async (flow, event) => {
  await ask(flow, orders, event);
  const late = async () => { await flow.call(inner, {}); };
  await late();
  await inform({ flow, event });
  await more.twice(flow);
  if ((await isLate(flow)).much) return;
} });
/** Asks the books. And more. */
async function ask(run: FlowContext, capability: Capability, event: Event): Promise<void> {
  if (!event.x) return;
  // Once.
  const answer = await run.call(capability, {});
  return answer;
}
const isLate = async ({ decide }: FlowContext) => (await decide(b, {})).late;`,
    'parts/tell.ts': `/** Tells it. */
export async function tell({ flow: ctx, event }: Parts) { await ctx.post(a, {}); }
export const twice = async (flow: FlowContext) => { await flow.post(a, {}); await again(flow, 1); };
async function again(flow: FlowContext, n: number) { await flow.post(b, {}); await again(flow, n + 1); }`,
  };
  expect(await outlineOf(texts)).toEqual([
    'part ask | Asks the books',
    '  if !event.x',
    '    return leaves part',
    '  call orders // Once.',
    'part late | Late',
    '  call inner',
    'part tell | Tells it | parts/tell.ts',
    '  post a',
    'part twice | Twice | parts/tell.ts',
    '  post a',
    '  part again | Again',
    '    post b',
    'part isLate | Is late',
    '  decide b',
    'if ("Is late").much',
    '  return leaves flow',
    '(and more)',
  ]);
});

test('a flow whose run stands in another file is read there', async () => {
  const texts = {
    [main]: "import { run } from './run.ts';\nexport const f = defineFlow({ name: 'f', run });",
    'run.ts': 'export async function run(flow: FlowContext) { await flow.call(a, {}); }',
  };
  expect(await outlineOf(texts)).toEqual(['call a']);
});

test('what is too large is drawn as far as it goes', async () => {
  const many = await outlineOf(body('await flow.call(a, {});\n'.repeat(600)));
  expect([many.length, many.at(-1)]).toEqual([501, '(and more)']);
  const deep = await outlineOf(body(`${'if (event.x) { '.repeat(300)}await flow.call(a, {});${'}'.repeat(300)}`));
  expect(deep.at(-1)?.trim()).toBe('call a');
});

test('strange source is no outline, but no error either', async () => {
  expect(await outlineOf({ [main]: 'export const f = defineFlow({ run: async (' })).toEqual(['unread']);
  expect(await outlineOf({ [main]: 'export const f = defineFlow(specOf(1));' })).toEqual(['(and more)']);
  expect(await outlineOf({ [main]: "export const f = defineFlow({ name: 'f', run() {} });" })).toEqual([]);
});
