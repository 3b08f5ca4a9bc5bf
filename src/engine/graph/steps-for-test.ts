import type { RunRecord, RunStatus, StepMark } from '../../store/store.ts';
import type { OutlineNode } from './flow-outline.ts';
import type { Verb } from './verb.ts';

/** Outline nodes for tests, with the ids that a reader would expect. */
export function drawing() {
  let number = 0;
  const placed = (kind: string): { readonly id: string; readonly line: number } => ({ id: `${kind}-${(number += 1)}`, line: number });
  const step = (id: string, verb: Verb, node?: string): OutlineNode => ({
    kind: 'step',
    id,
    line: 1,
    verb,
    title: id,
    identifier: undefined,
    node,
    system: undefined,
    undo: false,
  });
  return {
    call: (id: string, name: string) => step(id, 'call', `capability:${name}`),
    post: (id: string, name: string) => step(id, 'post', `capability:${name}`),
    wait: (id: string, name: string) => step(id, 'waitFor', `contract:${name}`),
    raise: (id: string, name: string) => step(id, 'raise', `exception:${name}`),
    unknown: (id: string) => step(id, 'call'),
    undo: (id: string) => step(id, 'compensate'),
    // Nobody takes a list for something to wait for.
    // oxlint-disable-next-line unicorn/no-thenable
    fork: (then: readonly OutlineNode[], otherwise: readonly OutlineNode[] = []): OutlineNode => ({ kind: 'branch', ...placed('fork'), condition: 'x', then, otherwise }),
    each: (...children: readonly OutlineNode[]): OutlineNode => ({ kind: 'loop', ...placed('loop'), over: 'x', form: 'each', parallel: false, children }),
    asLongAs: (...children: readonly OutlineNode[]): OutlineNode => ({ kind: 'loop', ...placed('loop'), over: 'x', form: 'while', parallel: false, children }),
    eachAtOnce: (...children: readonly OutlineNode[]): OutlineNode => ({ kind: 'loop', ...placed('loop'), over: 'x', form: 'each', parallel: true, children }),
    atOnce: (...children: readonly OutlineNode[]): OutlineNode => ({ kind: 'parallel', ...placed('parallel'), children }),
    part: (...children: readonly OutlineNode[]): OutlineNode => ({ kind: 'part', ...placed('part'), name: 'part', title: 'Part', children }),
    end: (id: string, leaves: 'flow' | 'part' | 'turn' | 'loop' = 'flow'): OutlineNode => ({ kind: 'end', id, line: 1, leaves, by: 'return' }),
  };
}

const startMs = Date.UTC(2026, 10, 2, 14);

export function runForTest(status: RunStatus, id = 'f:1'): RunRecord {
  return { id, flow: 'f', key: 'PO-1', position: 1, status, release: 'r', protocol: 1, startedMs: startMs, endedMs: undefined, reason: undefined };
}

/** Recorded steps of these words, in the order of issue: `call a`, `post b`, `wait c`, `decide d`, `raise e`, `undo a a#1`, `raise compensation-refused a#1`. */
export function recordedSteps(words: readonly string[], run = 'f:1'): StepMark[] {
  const ordinals = new Map<string, number>();
  return words.map((text, index): StepMark => {
    const [verb = '', name = '', undone = ''] = text.split(' ');
    const ordinal = (ordinals.get(name) ?? 0) + 1;
    ordinals.set(name, ordinal);
    const kinds = { call: 'effect', post: 'effect', undo: 'effect', wait: 'wait', decide: 'decide', raise: 'raise' } as const;
    const kind = kinds[verb === 'call' || verb === 'post' || verb === 'undo' || verb === 'wait' || verb === 'decide' ? verb : 'raise'];
    return {
      run,
      id: verb === 'undo' ? `undo:${undone}` : undone === '' ? `${name}#${ordinal}` : `raise:undo:${undone}`,
      kind,
      mode: verb === 'call' || verb === 'post' || verb === 'undo' ? verb : 'none',
      name,
      issue: index + 1,
      done: index + 1,
      status: 'done',
      issuedMs: startMs + index * 1_000,
      endedMs: startMs + index * 1_000 + 10 * (index + 1),
      attempts: 1,
      cameToNothing: false,
    };
  });
}
