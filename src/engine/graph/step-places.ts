import type { RunRecord, StepMark } from '../../store/store.ts';
import type { FlowOutline, OutlineStep } from './flow-outline.ts';
import { stepsOf } from './flow-outline.ts';
import { outlineMachine, takes, tokenOf, undoToken, type OutlineMachine, type Token } from './outline-machine.ts';

/** Where in the outline of its flow the steps of a run stand. */
export interface StepPlaces {
  /** For each given step, in the same order: the ids of the outline's steps that it may be. One is certain; none is of another release, or unread. */
  readonly places: readonly (readonly string[])[];
  /** Where a run that is over left the flow: the id of an `end`, `last-line`, or undefined where that is not certain. */
  readonly end: string | undefined;
}

/** What of a recorded step tells where it stands. */
type Taken = Pick<StepMark, 'id' | 'kind' | 'mode' | 'name' | 'issue'>;

/** Finds recorded steps in an outline. */
export interface StepFinder {
  find(run: Pick<RunRecord, 'status'>, steps: readonly Taken[]): StepPlaces;
}

/** Steps of one run that are told apart by their order; those beyond only by their names. */
const stepsMax = 2_000;

/**
 * Which orders of steps an outline allows is known, so that of the places with one name the one is found that a run must have
 * been at. A run that does not fit (another release, parts unread, several steps at a time of two parts) is told by names alone.
 */
export function stepFinder({ nodes }: FlowOutline): StepFinder {
  const machine = outlineMachine(nodes);
  const named = stepsOf(nodes);
  return {
    find(run, steps) {
      const order = steps.map((_, index) => index).sort((a, b) => (steps[a]?.issue ?? 0) - (steps[b]?.issue ?? 0));
      const tokens = order.map((index) => tokenFor(steps[index]));
      const isOver = run.status === 'done' || run.status === 'compensated';
      const found = tokens.length > stepsMax ? undefined : walked(machine, tokens, isOver);
      const places: (readonly string[])[] = steps.map(() => []);
      order.forEach((index, at) => {
        places[index] = found?.places[at] ?? byName(named, tokens[at] ?? '');
      });
      return { places, end: isOver ? found?.end : undefined };
    },
  };
}

function tokenFor(step: Taken | undefined): Token {
  if (!step) return '';
  const { kind, mode, name, id } = step;
  switch (kind) {
    case 'query':
    case 'effect':
      return mode === 'undo' || mode === 'none' ? undoToken : tokenOf(mode, `capability:${name}`);
    case 'decide':
      return tokenOf('decide', `decision:${name}`);
    case 'sleep':
      return tokenOf('sleep', '');
    case 'wait':
      return tokenOf('waitFor', `contract:${name}`);
    case 'raise':
      return id.startsWith('raise:undo:') ? undoToken : tokenOf('raise', `exception:${name}`);
    case 'compensate':
      return undoToken;
  }
}

/** Walks the machine to the end and back: what is left on both ways is where each step can have been. */
function walked(
  machine: OutlineMachine,
  tokens: readonly Token[],
  isOver: boolean,
): { readonly places: readonly (readonly string[])[]; readonly end: string | undefined } | undefined {
  const ahead: ReadonlySet<number>[] = [new Set(machine.reach(machine.start))];
  for (const token of tokens) {
    const next = new Set<number>();
    for (const at of ahead.at(-1) ?? []) for (const edge of machine.edges(at)) if (takes(edge, token)) for (const reached of machine.reach(edge.to)) next.add(reached);
    if (next.size === 0) return undefined;
    ahead.push(next);
  }
  const last = [...(ahead.at(-1) ?? [])];
  const ends = last.filter((at) => machine.isEnd(at));
  let behind: ReadonlySet<number> = new Set(isOver && ends.length > 0 ? ends : last);
  const places: (readonly string[])[] = [];
  for (let index = tokens.length - 1; index >= 0; index -= 1) {
    const [nodes, before] = [new Set<string>(), new Set<number>()];
    for (const at of ahead[index] ?? []) {
      for (const edge of machine.edges(at)) {
        if (!takes(edge, tokens[index] ?? '') || !machine.reach(edge.to).some((reached) => behind.has(reached))) continue;
        nodes.add(edge.node);
        before.add(at);
      }
    }
    places[index] = [...nodes];
    behind = before;
  }
  const left = new Set(ends.map((at) => machine.endOf(at) ?? 'last-line'));
  return { places, end: left.size === 1 ? [...left][0] : undefined };
}

function byName(named: readonly OutlineStep[], token: Token): readonly string[] {
  return named
    .filter(({ verb, node }) => (verb === 'compensate' ? token === undoToken : node === undefined ? token.startsWith(tokenOf(verb, '')) : token === tokenOf(verb, node)))
    .map(({ id }) => id);
}
