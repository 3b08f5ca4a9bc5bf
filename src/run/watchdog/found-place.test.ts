import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { foundPlace, type Frame } from './found-place.ts';

const landscape = resolve('a landscape');
const of = { kind: 'flow', name: 'restock' };
const [run, effect] = [
  { kind: 'run', key: 'restock:1', of },
  { kind: 'effect', key: 'restock:2/x', of },
] as const;

function frame(name: string, ...path: readonly string[]): Frame {
  return { name, url: pathToFileURL(join(landscape, ...path)).href, line: 12, column: 5 };
}

const helper = frame('helper', 'node_modules', 'dates', 'index.js');
const flow = frame('run', 'flows', 'restock.flow.ts');
const ours = frame('execute', '..', 'lineshaft', 'runner.ts');
const builtIn: Frame = { name: '', url: 'node:internal/timers', line: 1, column: 1 };

test('the place is the innermost one in the landscape, not in a package of it; what calls it is left out', () => {
  expect(foundPlace([helper, flow, ours, builtIn], undefined, landscape)).toEqual({
    at: 'flows/restock.flow.ts:12:5',
    stack: [`helper ${helper.url}:12:5`, 'run flows/restock.flow.ts:12:5'],
  });
});

test('where nothing of the landscape runs, all of it is shown', () => {
  expect(foundPlace([builtIn, ours], undefined, landscape)).toEqual({ stack: ['(anonymous) node:internal/timers:1:1', `execute ${ours.url}:12:5`] });
});

test('a run is named where its code is on the stack: what it began may go on without it', () => {
  const told = JSON.stringify({ inherited: run });
  expect(foundPlace([flow], told, landscape).subject).toEqual(run);
  expect(foundPlace([ours], told, landscape).subject).toBeUndefined();
});

test('the call of this turn is named before the run that it may have begun in', () => {
  expect(foundPlace([ours], JSON.stringify({ inTurn: effect, inherited: run }), landscape).subject).toEqual(effect);
});

test('a main thread that tells nothing is no reason to fail', () => {
  for (const told of [undefined, '{}', 7]) expect(foundPlace([], told, landscape)).toEqual({ stack: [] });
});

test('a release that is kept for its runs is landscape as well', () => {
  const kept: Frame = { name: 'run', url: 'file:///var/lib/hub/releases/0123456789abcdef/flows/want.flow.ts', line: 3, column: 9 };
  expect(foundPlace([kept, ours], undefined, landscape).at).toBe('releases/0123456789abcdef/flows/want.flow.ts:3:9');
});
