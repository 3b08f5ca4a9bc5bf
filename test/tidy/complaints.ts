import { posix } from 'node:path';
import { layerOf, refusal } from './layer.ts';
import { sourceFile, type SourceFile } from './source-file.ts';

const fileLinesMax = 400;
const functionLinesMax = 70;
const namelessNames = new Set(['utils', 'util', 'helpers', 'helper', 'common', 'manager', 'managers', 'types', 'misc', 'shared']);
const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/;
const barrelsAllowed = new Set(['src/index.ts', 'src/testing.ts', 'src/connectors/index.ts']);
const publicFiles: Readonly<Record<string, string>> = { lineshaft: 'src/index.ts', 'lineshaft/testing': 'src/testing.ts' };

/** Path from the repository's root → text. */
export type Tree = ReadonlyMap<string, string>;

/** Everything in `src/` and `examples/` that the layout, the layers and the style refuse: one sentence each, in the order of paths. */
export function complaints(tree: Tree): readonly string[] {
  const files = [...tree].filter(([path]) => /\.tsx?$/.test(path)).map(([path, text]) => sourceFile(path, text));
  const sources = files.filter(({ path }) => path.startsWith('src/'));
  return [
    ...[...tree.keys()].flatMap(nameComplaints),
    ...sources.flatMap((file) => [...placeComplaints(file), ...importComplaints(file), ...sizeComplaints(file), ...wordComplaints(file)]),
    ...files.filter(({ path }) => path.startsWith('examples/')).flatMap(exampleComplaints),
    ...cycleComplaints(sources),
  ].sort();
}

/** Tests may reach across layers, take their time and be long. */
function isTest(path: string): boolean {
  return /\.test\.tsx?$|-for-test\.ts$/.test(path);
}

function nameComplaints(path: string): string[] {
  const named: string[] = [];
  for (const segment of path.split('/')) {
    const stem = segment.replace(/\.[a-z]+$/, '');
    if (!kebab.test(segment)) named.push(`${path} "${segment}" is not kebab-case`);
    if (namelessNames.has(stem)) named.push(`${path} "${stem}" names no thing: give it the name of what it owns`);
  }
  return named;
}

function placeComplaints({ path, barrel }: SourceFile): string[] {
  if (layerOf(path) === undefined) return [`${path} lies in no layer of the layout`];
  if ((barrel || path.endsWith('/index.ts')) && !barrelsAllowed.has(path) && layerOf(path) !== 'console') return [`${path} is a barrel: import from the file that owns the thing`];
  return [];
}

function importComplaints({ path, imports }: SourceFile): string[] {
  if (isTest(path)) return [];
  return imports.flatMap(({ specifier, line, typeOnly }) => {
    if (specifier.startsWith('node:timers') && !livesInRealTime(path)) return [`${path}:${line} imports ${specifier}: take a Clock`];
    const to = target(path, specifier);
    const why = to === undefined ? undefined : refusal(path, to, typeOnly);
    return why === undefined ? [] : [`${path}:${line} imports ${to}: ${why}`];
  });
}

/** The file of this repository that an import means; undefined for Node's and other packages' modules. */
function target(path: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : publicFiles[specifier];
}

function sizeComplaints({ path, lines, functions }: SourceFile): string[] {
  if (isTest(path)) return [];
  const long = functions.filter((one) => one.lines > functionLinesMax).map((one) => `${path}:${one.line} a function of ${one.lines} lines, at most ${functionLinesMax}`);
  return lines > fileLinesMax ? [`${path} has ${lines} lines, at most ${fileLinesMax}`, ...long] : long;
}

function wordComplaints({ path, refused, impurities, bareCasts }: SourceFile): string[] {
  const words = refused.map(({ what, line }) => `${path}:${line} has ${what}`);
  if (isTest(path)) return words;
  for (const { what, line } of impurities) {
    if (livesInRealTime(path) || (layerOf(path) === 'cli' && /^process\.(argv|exit)$/.test(what))) continue;
    words.push(`${path}:${line} uses ${what}: time, chance and the environment are arguments`);
  }
  return [...words, ...bareCasts.map((line) => `${path}:${line} has a cast without a comment that says why it is true`)];
}

/** Where the real clock, chance, timers and environment are at home. */
function livesInRealTime(path: string): boolean {
  return ['run', 'demo', 'counterparts', 'console'].includes(layerOf(path) ?? '');
}

function exampleComplaints({ path, imports }: SourceFile): string[] {
  const folder = `${path.split('/').slice(0, 2).join('/')}/`;
  return imports.flatMap(({ specifier, line }) => {
    const inside = specifier.startsWith('.') && posix.join(posix.dirname(path), specifier).startsWith(folder);
    const known = publicFiles[specifier] !== undefined || (isTest(path) && specifier === 'vitest');
    return inside || known ? [] : [`${path}:${line} imports ${specifier}: a landscape depends on lineshaft only`];
  });
}

/** One complaint per cycle, told from its first file in the order of paths. */
function cycleComplaints(sources: readonly SourceFile[]): string[] {
  const graph = new Map(sources.filter(({ path }) => !isTest(path)).map(({ path, imports }) => [path, imports.flatMap(({ specifier }) => target(path, specifier) ?? [])]));
  const found = new Map<string, string>();
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at !== -1) {
      const cycle = trail.slice(at);
      const first = cycle.indexOf(cycle.toSorted()[0] ?? path);
      const told = [...cycle.slice(first), ...cycle.slice(0, first)];
      found.set(told.join(), `${told[0]} imports itself: ${[...told, told[0]].join(' → ')}`);
      return;
    }
    if (done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of [...graph.keys()].sort()) visit(path, []);
  return [...found.values()];
}
