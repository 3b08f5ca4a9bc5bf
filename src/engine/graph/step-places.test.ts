import { expect, test } from 'vitest';
import type { RunStatus } from '../../store/store.ts';
import type { OutlineNode } from './flow-outline.ts';
import { stepFinder } from './step-places.ts';
import { drawing, recordedSteps, runForTest } from './steps-for-test.ts';

const { call, post, wait, raise, unknown, undo, fork, each, asLongAs, eachAtOnce, atOnce, part, end } = drawing();

/** The same word for every step of the outline, as in `x1|x2`. */
function found(nodes: readonly OutlineNode[], words: readonly string[], status: RunStatus): { readonly places: string; readonly end: string | undefined } {
  const { places, end: left } = stepFinder({ note: undefined, nodes, partial: false }).find(runForTest(status), recordedSteps(words));
  return { places: places.map((ids) => ids.join('|')).join(' '), end: left };
}

const twice = [call('a1', 'a'), fork([call('b1', 'b'), call('a2', 'a'), end('out')]), call('a3', 'a')];
const moves = part(each(post('m', 'move')));
const again = part(each(post('n', 'move')));

test.each<[what: string, nodes: readonly OutlineNode[], words: readonly string[], status: RunStatus, places: string, end: string | undefined]>([
  ['the same call in three places, by what came before it', twice, ['call a', 'call b', 'call a'], 'done', 'a1 b1 a2', 'out'],
  ['and by where the run ended', twice, ['call a', 'call a'], 'done', 'a1 a3', 'last-line'],
  ['a run that goes on may be anywhere that fits', [fork([call('a1', 'a')], [call('a2', 'a')])], ['call a'], 'active', 'a1|a2', undefined],
  ['the end tells it afterwards', [fork([call('a1', 'a'), end('out')], [call('a2', 'a'), call('b1', 'b')])], ['call a'], 'done', 'a1', 'out'],
  ['turns of two loops with a step between', [moves, call('d', 'd'), again], ['post move', 'post move', 'call d', 'post move'], 'done', 'm m d n', 'last-line'],
  ['turns of two loops without', [moves, again], ['post move', 'post move'], 'done', 'm|n m|n', 'last-line'],
  ['a loop may have no turn', [moves, call('d', 'd')], ['call d'], 'done', 'd', 'last-line'],
  ['steps at once come in the order of the source', [atOnce(call('a1', 'a'), call('a2', 'a'))], ['call a', 'call a'], 'done', 'a1 a2', 'last-line'],
  ['parts at once come in any', [atOnce(part(call('a1', 'a'), call('b1', 'b')), part(call('b2', 'b')))], ['call a', 'call b', 'call b'], 'done', 'a1 b1|b2 b1|b2', 'last-line'],
  ['loops at once', [eachAtOnce(wait('w', 'w')), wait('v', 'w')], ['wait w', 'wait w', 'wait w'], 'done', 'w w v', 'last-line'],
  [
    'a loop that asks a step whether to go on',
    [asLongAs(wait('w', 'w'), call('a1', 'a')), call('a2', 'a')],
    ['wait w', 'call a', 'wait w', 'call a'],
    'done',
    'w a1 w a2',
    'last-line',
  ],
  [
    'ends of turns, loops and parts',
    [part(each(call('a1', 'a'), fork([end('t', 'turn')]), call('b1', 'b'), fork([end('l', 'loop')])), fork([end('p', 'part')]), call('c1', 'c')), call('c2', 'c')],
    ['call a', 'call a', 'call b', 'call c'],
    'done',
    'a1 a1 b1 c2',
    'last-line',
  ],
  [
    'a compensation takes all undos, and may have nothing to undo',
    [call('a1', 'a'), fork([undo('u1'), end('out')]), wait('w', 'w'), undo('u2'), call('n', 'n')],
    ['call a', 'wait w', 'undo a a#1', 'raise compensation-refused a#1', 'call n'],
    'compensated',
    'a1 w u2 u2 n',
    'last-line',
  ],
  ['undos, by where the run was', [call('a1', 'a'), fork([undo('u1'), end('out')]), wait('w', 'w'), undo('u2')], ['call a', 'undo a a#1'], 'compensated', 'a1 u1', 'out'],
  ['what the source does not name', [unknown('x'), call('a1', 'a')], ['call b', 'call a'], 'done', 'x a1', 'last-line'],
  ['steps of another release are known by name alone', [call('a1', 'a'), raise('e', 'e'), call('a2', 'a')], ['raise e', 'call z', 'call a'], 'done', 'e  a1|a2', undefined],
  ['a run that failed may have stopped anywhere', [call('a1', 'a'), call('b1', 'b')], ['call a'], 'failed', 'a1', undefined],
])('%s', (_what, nodes, words, status, places, left) => {
  expect(found(nodes, words, status)).toEqual({ places, end: left });
});

test('a large outline and a long run are told apart without delay', () => {
  const nodes = Array.from({ length: 400 }, (_, index) => fork([call(`a${index}`, `a${index % 7}`)]));
  const words = Array.from({ length: 120 }, (_, index) => `call a${index % 7}`);
  const { places } = stepFinder({ note: undefined, nodes, partial: false }).find(runForTest('active'), recordedSteps(words));
  expect(places).toHaveLength(120);
  expect(places.every((ids) => ids.length > 0)).toBe(true);
});
