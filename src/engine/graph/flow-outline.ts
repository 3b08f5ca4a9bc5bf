import type { Verb } from './verb.ts';

/** What every part of an outline has. */
interface Placed {
  /** Unique in its flow, the same as long as its source is, e.g. `step-3`. */
  readonly id: string;
  /** Line of the source, from 1. */
  readonly line: number;
  /** The comment directly above it. */
  readonly note?: string;
}

/** One step, as the source writes it. */
export interface OutlineStep extends Placed {
  readonly kind: 'step';
  readonly verb: Verb;
  /** In plain words, also where the text does not tell what it is about. */
  readonly title: string;
  /** What it is about, as written, e.g. `reviseProductionOrder` or `signals.throughput`. */
  readonly identifier: string | undefined;
  /** The node of the landscape that it is about, e.g. `capability:production-order.revise`. */
  readonly node: string | undefined;
  readonly system: string | undefined;
  /** The step id that the source gives it. */
  readonly as?: string;
  /** How long a wait, a sleep or an untried posted effect lasts at most, e.g. `30m`; the source's own words where it is computed. */
  readonly within?: string;
  readonly maxAge?: string;
  /** The limit that says how long. */
  readonly limit?: string;
  /** Whether `compensate()` takes it back. */
  readonly undo: boolean;
}

/** Steps that are asked for at once and waited for together. */
export interface OutlineParallel extends Placed {
  readonly kind: 'parallel';
  /** One for each; several steps of one branch are a `part` without a name. */
  readonly children: readonly OutlineNode[];
}

/** A fork: `if`, `?:`, `switch`, `&&`, `catch`. */
export interface OutlineBranch extends Placed {
  readonly kind: 'branch';
  /** Source text, tidied, at most 120 characters; steps within it are named by their titles. */
  readonly condition: string;
  /** The same in words of the plant, where the source is plain enough, e.g. `"Variance cleared" came`. */
  readonly words?: string;
  readonly then: readonly OutlineNode[];
  readonly otherwise: readonly OutlineNode[];
}

/** Steps that are done for each of something, or as long as something holds. */
export interface OutlineLoop extends Placed {
  readonly kind: 'loop';
  /** Source text of what it goes through, or of the condition. */
  readonly over: string;
  /** The condition in words, where it can be said. */
  readonly words?: string;
  readonly form: 'each' | 'while';
  /** Whether all turns begin at once. */
  readonly parallel: boolean;
  readonly children: readonly OutlineNode[];
}

/** A way out before the last line. */
export interface OutlineEnd extends Placed {
  readonly kind: 'end';
  /** What it leaves: the flow, the part that it stands in, this turn of the loop, or the loop. */
  readonly leaves: 'flow' | 'part' | 'turn' | 'loop';
  readonly by: 'return' | 'throw' | 'continue' | 'break';
}

/** A function that the flow hands itself to, where it is called. */
export interface OutlinePart extends Placed {
  readonly kind: 'part';
  /** The function's name; empty for steps that only stand together. */
  readonly name: string;
  /** The first sentence of its doc comment, or its name in words. */
  readonly title: string;
  /** The file that it stands in, from the landscape's folder, where it is another one. Lines of its children are of that file. */
  readonly file?: string;
  readonly children: readonly OutlineNode[];
}

export type OutlineNode = OutlineStep | OutlineParallel | OutlineBranch | OutlineLoop | OutlineEnd | OutlinePart;

/** A flow as its source writes it. */
export interface FlowOutline {
  /** The flow's doc comment. */
  readonly note: string | undefined;
  readonly nodes: readonly OutlineNode[];
  /** Whether some of the flow could not be read: too large, in other packages, or written in a way that is not understood. */
  readonly partial: boolean;
}

/** What stands in a node. */
export function childrenOf(node: OutlineNode): readonly OutlineNode[] {
  switch (node.kind) {
    case 'step':
    case 'end':
      return [];
    case 'branch':
      return [...node.then, ...node.otherwise];
    case 'parallel':
    case 'loop':
    case 'part':
      return node.children;
  }
}

/** Every node, a parent before its children, in the order of the source. */
export function everyNode(nodes: readonly OutlineNode[]): readonly OutlineNode[] {
  return nodes.flatMap((node) => [node, ...everyNode(childrenOf(node))]);
}

/** The steps, in the order of the source. */
export function stepsOf(nodes: readonly OutlineNode[]): readonly OutlineStep[] {
  return everyNode(nodes).flatMap((node) => (node.kind === 'step' ? [node] : []));
}
