import { canonicalJson } from '../../kernel/canonical-json.ts';
import { Fault } from '../../kernel/errors.ts';
import type { Result } from '../../model/capability.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { Store } from '../../store/store.ts';
import type { Assume } from '../replay/stand-in.ts';
import { recorded } from '../stories/recorded-json.ts';

/** Recorded runs whose queries are looked at, newest first. */
const runsMax = 5_000;

interface Told {
  readonly endedMs: number;
  readonly result: Result<unknown, unknown>;
}

/** What queries were answered in the runs of a log, by capability and input, in the order of time. */
export async function answersIn(store: Pick<Store, 'runs' | 'steps'>): Promise<ReadonlyMap<string, readonly Told[]>> {
  const answers = new Map<string, Told[]>();
  for (const { id } of await store.runs({ limit: runsMax })) {
    for (const { kind, name, input, output, endedMs } of await store.steps(id)) {
      const result = kind === 'query' && endedMs !== undefined ? resultOf(output) : undefined;
      if (!result || endedMs === undefined) continue;
      const key = keyOf(name, recorded(input));
      const known = answers.get(key);
      if (known) known.push({ endedMs, result });
      else answers.set(key, [{ endedMs, result }]);
    }
  }
  for (const told of answers.values()) told.sort((a, b) => a.endedMs - b.endedMs);
  return answers;
}

/**
 * Answers for what never happened: a query gets what the log says that the same question was answered last at that time; everything else
 * what the landscape declares to stand in.
 */
export function assumed(landscape: Landscape, answers: ReadonlyMap<string, readonly Told[]>): Assume {
  const standIns = landscape.of('stand-in');
  return ({ capability, input, query }, atMs) => {
    const told = query ? answers.get(keyOf(capability.name, input))?.findLast(({ endedMs }) => endedMs <= atMs) : undefined;
    if (told) return { result: told.result, source: 'log' };
    const standIn = standIns.get(capability.name);
    if (!standIn) return undefined;
    const result = standIn.answer(input);
    const difference = result.ok ? capability.output.difference(result.value) : capability.refusal.difference(result.refusal);
    if (!difference) return { result, source: 'stand-in' };
    const { file, line } = standIn.site;
    throw new Fault('LANDSCAPE_INVALID', `What stands in for "${capability.name}" (${file}:${line}) breaks its schema at ${difference.path}: ${difference.reason}.`, {
      capability: capability.name,
    });
  };
}

function keyOf(capability: string, input: unknown): string {
  return `${capability} ${canonicalJson(input)}`;
}

function resultOf(output: string | undefined): Result<unknown, unknown> | undefined {
  const value = recorded(output);
  // Written by outputText() only.
  return typeof value === 'object' && value !== null && 'ok' in value ? (value as Result<unknown, unknown>) : undefined;
}
