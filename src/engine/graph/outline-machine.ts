import { stepsOf, type OutlineLoop, type OutlineNode, type OutlineStep } from './flow-outline.ts';

/** What a machine reads: `call capability:order.revise`, or `undo` for all that `compensate()` does. */
export type Token = string;
export const undoToken: Token = 'undo';

interface StepEdge {
  /** Undefined where the source does not tell what the step is about: any step of its verb. */
  readonly token: Token;
  readonly wild: boolean;
  readonly to: number;
  /** Id in the outline. */
  readonly node: string;
}

/** An outline as the orders of steps that it allows: a finite automaton, whose steps are those of a recorded run. */
export interface OutlineMachine {
  readonly start: number;
  /** The step edges out of a state. */
  edges(state: number): readonly StepEdge[];
  /** The state and all that can be reached from it without a step. */
  reach(state: number): readonly number[];
  /** Whether the flow may be over in this state, and at which `end`; `undefined` past its last line. */
  isEnd(state: number): boolean;
  endOf(state: number): string | undefined;
}

/** Where the ways out of a part of the outline lead. */
interface Exits {
  readonly part: number;
  readonly turn: number;
  readonly loop: number;
}

interface Drawing {
  readonly free: number[][];
  readonly edges: StepEdge[][];
  readonly ends: Map<number, string | undefined>;
}

export function outlineMachine(nodes: readonly OutlineNode[]): OutlineMachine {
  const drawing: Drawing = { free: [], edges: [], ends: new Map() };
  const start = state(drawing);
  const over = state(drawing);
  drawing.ends.set(over, undefined);
  drawing.free[sequence(drawing, nodes, start, { part: over, turn: over, loop: over })]?.push(over);
  const reached = new Map<number, readonly number[]>();
  return {
    start,
    edges: (from) => drawing.edges[from] ?? [],
    reach(from) {
      const found = reached.get(from) ?? closure(drawing, from);
      reached.set(from, found);
      return found;
    },
    isEnd: (at) => drawing.ends.has(at),
    endOf: (at) => drawing.ends.get(at),
  };
}

export function tokenOf(verb: string, about: string): Token {
  return `${verb} ${about}`;
}

/** Whether an edge is taken by a token. */
export function takes({ token, wild }: StepEdge, given: Token): boolean {
  return wild ? given.startsWith(token) : given === token;
}

function state({ free, edges }: Drawing): number {
  free.push([]);
  edges.push([]);
  return free.length - 1;
}

function connect({ free }: Drawing, from: number, to: number): void {
  free[from]?.push(to);
}

/** Draws nodes one after the other; gives the state after them. */
function sequence(drawing: Drawing, nodes: readonly OutlineNode[], from: number, exits: Exits): number {
  return nodes.reduce((at, node) => drawn(drawing, node, at, exits), from);
}

function drawn(drawing: Drawing, node: OutlineNode, from: number, exits: Exits): number {
  switch (node.kind) {
    case 'step': {
      const to = state(drawing);
      if (node.verb === 'compensate') connect(drawing, from, to);
      addStep(drawing, node, node.verb === 'compensate' ? to : from, to);
      return to;
    }
    case 'end': {
      const out = node.leaves === 'flow' ? state(drawing) : exits[node.leaves];
      // A run that was thrown out of its flow is not over in good order.
      if (node.leaves === 'flow' && node.by !== 'throw') drawing.ends.set(out, node.id);
      connect(drawing, from, out);
      // What follows is never reached from here.
      return state(drawing);
    }
    case 'branch': {
      const to = state(drawing);
      for (const way of [node.then, node.otherwise]) connect(drawing, sequence(drawing, way, from, exits), to);
      return to;
    }
    case 'part': {
      const to = state(drawing);
      connect(drawing, sequence(drawing, node.children, from, { ...exits, part: to }), to);
      return to;
    }
    case 'parallel':
      // Steps are asked for in the order in which they stand; what comes after each of them is in no order.
      return node.children.every((child) => child.kind === 'step' && child.verb !== 'compensate')
        ? sequence(drawing, node.children, from, exits)
        : anyOrder(drawing, node.children, from);
    case 'loop':
      return node.parallel ? anyOrder(drawing, node.children, from) : turns(drawing, node, from, exits);
  }
}

/** A compensation takes any number of undos, each other step itself, once. */
function addStep(drawing: Drawing, { verb, node, id }: OutlineStep, from: number, to: number): void {
  const token = verb === 'compensate' ? undoToken : tokenOf(verb, node ?? '');
  drawing.edges[from]?.push({ token, wild: node === undefined && verb !== 'compensate', to, node: id });
}

function anyOrder(drawing: Drawing, nodes: readonly OutlineNode[], from: number): number {
  const to = state(drawing);
  connect(drawing, from, to);
  for (const step of stepsOf(nodes)) addStep(drawing, step, to, to);
  return to;
}

function turns(drawing: Drawing, { children, form }: OutlineLoop, from: number, exits: Exits): number {
  const [head, to] = [state(drawing), state(drawing)];
  connect(drawing, from, head);
  connect(drawing, head, to);
  const within: Exits = { ...exits, turn: head, loop: to };
  const [first, ...rest] = children;
  if (!first) return to;
  const tested = drawn(drawing, first, head, within);
  // The step that a loop asks whether to go on may be its last.
  if (form === 'while') connect(drawing, tested, to);
  connect(drawing, sequence(drawing, rest, tested, within), head);
  return to;
}

function closure({ free }: Drawing, from: number): readonly number[] {
  const found = new Set([from]);
  // A set goes on to what is added to it while it is walked through.
  for (const each of found) for (const next of free[each] ?? []) found.add(next);
  return [...found];
}
