// The spans of a key as rows, each below what caused it; the tries of a call lie in the row of their step.
import type { SpanView, StoryView } from '../../../api/stories.ts';
import { capital } from './value-words.ts';

export type TraceLayer = 'machine' | 'event' | 'flow' | 'step' | 'wait';

export interface TraceCall {
  readonly id: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly failed: boolean;
  /** `not executed`, `read back` … */
  readonly outcome: string;
  readonly message: string;
}

export interface TraceRow {
  readonly id: string;
  readonly layer: TraceLayer;
  /** How far it stands to the right: 0 for what nothing caused. */
  readonly depth: number;
  readonly title: string;
  readonly system: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Not over at the time of reading. */
  readonly isOpen: boolean;
  readonly failed: boolean;
  readonly message: string;
  readonly calls: readonly TraceCall[];
  readonly traceId: string;
}

export interface TraceTree {
  readonly rows: readonly TraceRow[];
  /** Rows that there are, of which the newest are given. */
  readonly total: number;
}

/** What belongs to one run: all below what caused it, and what came meanwhile. */
export interface TraceGroup {
  readonly id: string;
  readonly title: string;
  readonly startMs: number;
  readonly rows: readonly TraceRow[];
}

/** Runs to choose from at most. */
const groupsMax = 50;

/** One group for each run, newest first; none where there is one run or none. Pure. */
export function traceGroups(rows: readonly TraceRow[]): readonly TraceGroup[] {
  const trees: TraceRow[][] = [];
  for (const row of rows) {
    const tree = trees.at(-1);
    if (row.depth === 0 || !tree) trees.push([row]);
    else tree.push(row);
  }
  const groups = trees.flatMap((tree) => {
    const run = tree.find(({ layer }) => layer === 'flow');
    return run && tree[0] ? [{ id: run.id, title: run.title, startMs: tree[0].startMs, rows: tree }] : [];
  });
  if (groups.length < 2) return [];
  for (const tree of trees.filter((one) => !one.some(({ layer }) => layer === 'flow'))) {
    const startMs = tree[0]?.startMs ?? 0;
    // It came while the run went on, or after it and before the next.
    groups.findLast((group) => group.startMs <= startMs)?.rows.push(...tree);
  }
  return groups.toReversed().slice(0, groupsMax);
}

/** Titles of what the landscape declares, by node id, e.g. `flow:packaging-bottleneck`. */
export type NodeTitles = ReadonlyMap<string, string>;

/** Rows that are drawn at most. */
export const traceRowsMax = 200;

/** A row for every span but the tries. What is not over has no span yet: it is taken from the story. Pure. */
export function traceTree(spans: readonly SpanView[], story: StoryView, titles: NodeTitles): TraceTree {
  const all = [...spans, ...openSpans(spans, story)].toSorted((a, b) => a.startMs - b.startMs);
  const ids = new Set(all.map(({ spanId }) => spanId));
  const children = new Map<string, SpanView[]>();
  const roots: SpanView[] = [];
  for (const span of all) {
    const parent = parentOf(span, ids);
    if (parent === undefined) roots.push(span);
    else children.set(parent, [...(children.get(parent) ?? []), span]);
  }
  const rows: TraceRow[] = [];
  const visit = (span: SpanView, depth: number): void => {
    const below = children.get(span.spanId) ?? [];
    rows.push(rowOf(span, depth, below.filter(isCall), titles));
    if (depth < depthMax) for (const child of below) if (!isCall(child)) visit(child, depth + 1);
  };
  for (const root of roots) visit(root, 0);
  return { rows: rows.slice(-traceRowsMax), total: rows.length };
}

const depthMax = 20;
const openMark = 'open';

function isCall({ layer }: SpanView): boolean {
  return layer === 'call';
}

function parentOf(span: SpanView, ids: ReadonlySet<string>): string | undefined {
  if (span.parentSpanId !== undefined && ids.has(span.parentSpanId)) return span.parentSpanId;
  const run = span.attributes['lineshaft.run'];
  const open = `${openMark}:${String(run)}`;
  return span.layer === 'step' && run !== undefined && ids.has(open) ? open : undefined;
}

/** Runs and steps that have not ended, until the time of the story. */
function openSpans(spans: readonly SpanView[], story: StoryView): readonly SpanView[] {
  const nowMs = Date.parse(story.at);
  const known = new Set(spans.map(({ attributes }) => `${String(attributes['lineshaft.run'])}/${String(attributes['lineshaft.step'])}`));
  const begun = story.runs.filter(({ ended }) => ended === undefined);
  const runs = begun.map(({ id, flow, started }): SpanView => {
    const cause = spans.find(({ layer, endMs }) => layer === 'event' && Math.abs(endMs - Date.parse(started)) < causeMs);
    return openSpan(`${openMark}:${id}`, cause?.spanId, 'flow', `flow ${flow}`, Date.parse(started), nowMs, { 'lineshaft.run': id });
  });
  const steps = story.timeline.flatMap(({ run, step, kind, atMs, durationMs = 0, status, system }) => {
    const isOver = endedStatuses.has(status);
    if (run === undefined || step === undefined || isOver || kind === 'decision' || known.has(`${run}/${step}`)) return [];
    const verb = kind === 'undo' ? 'effect' : kind;
    const attributes = { 'lineshaft.run': run, 'lineshaft.step': step, ...(system !== undefined && { 'peer.service': system }) };
    return [openSpan(`${openMark}:${run}/${step}`, undefined, 'step', `${verb} ${step.replace(/#\d+$/, '')}`, atMs, atMs + durationMs, attributes)];
  });
  return [...runs, ...steps];
}

/** A run begins so soon after the event that caused it. */
const causeMs = 1_000;
const endedStatuses: ReadonlySet<string> = new Set(['done', 'refused', 'cancelled', 'expired', 'came', 'timed out', 'ended']);

function openSpan(
  spanId: string,
  parentSpanId: string | undefined,
  layer: 'flow' | 'step',
  name: string,
  startMs: number,
  endMs: number,
  attributes: SpanView['attributes'],
): SpanView {
  return { traceId: '', spanId, parentSpanId, name, kind: 'internal', layer, startMs, endMs, status: 'unset', attributes };
}

function rowOf(span: SpanView, depth: number, calls: readonly SpanView[], titles: NodeTitles): TraceRow {
  const { spanId, name, layer, startMs, endMs, status, message = '', attributes, traceId } = span;
  const system = attributes['peer.service'];
  const own = typeof system === 'string' ? (titles.get(`system:${system}`) ?? system) : '';
  const isWait = layer === 'step' && /^(?:wait|sleep) /.test(name);
  return {
    id: spanId,
    layer: isWait ? 'wait' : layer === 'call' ? 'step' : layer,
    depth,
    title: titleOf(name, own, titles, String(attributes['lineshaft.step'] ?? '').startsWith('undo:')),
    system: own,
    startMs,
    endMs,
    isOpen: spanId.startsWith(`${openMark}:`),
    failed: status === 'error',
    message,
    calls: calls.map((call) => ({
      id: call.spanId,
      startMs: call.startMs,
      endMs: call.endMs,
      failed: call.status === 'error',
      outcome: String(call.attributes['lineshaft.outcome'] ?? ''),
      message: call.message ?? '',
    })),
    traceId,
  };
}

/** `effect production-order.revise` is `ERP: Revise a production order`. */
function titleOf(name: string, system: string, titles: NodeTitles, isUndo: boolean): string {
  const [verb = '', ...rest] = name.split(' ');
  const what = rest.join(' ').replace(/^undo:/, '');
  const bare = what.replace(/\.v\d+$/, '');
  const titled = (kind: string): string => titles.get(`${kind}:${bare}`) ?? titles.get(`capability:${bare}`) ?? bare;
  switch (verb) {
    case 'window':
      return `Signals of ${bare.split('/').at(-1) ?? bare}`;
    case 'event':
      return titled('contract');
    case 'flow':
      return titled('flow');
    case 'decide':
      return `Decide: ${titled('decision')}`;
    case 'wait':
      return `Wait: ${titled('contract')}`;
    case 'query':
      return `Ask ${system}: ${titled('capability')}`;
    case 'effect':
      return `${system}: ${isUndo ? `set back by “${titled('capability')}”` : titled('capability')}`;
    case 'raise':
      return `Case: ${titled('exception')}`;
    case 'compensate':
      return 'Learns what became of a posted change';
    default:
      return capital(name);
  }
}
