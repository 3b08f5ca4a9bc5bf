import { composedTruth, othersAt } from './condition-truth.ts';
import { episodeOf, isContextKnown, type Turn } from './evaluation.ts';
import type { RuleSettings } from './rule-settings.ts';
import type { ContextValues, RuleState } from './rule-state.ts';
import { measure } from './window.ts';

/**
 * Judges what no sample can tell: that none comes. `nowMs` is the edge's clock; event time is taken to have gone on as it has since
 * the newest sample, so that a source's skew does not matter. A sample ends the silence. Changes `state` in place.
 */
export function tick(settings: RuleSettings, state: RuleState, nowMs: number, context: ContextValues): readonly Turn[] {
  const { composed } = settings;
  if (composed?.hasMissing !== true || state.newestMs === undefined || state.heardMs === undefined) return [];
  const atMs = state.newestMs + Math.max(0, nowMs - state.heardMs);
  const others = othersAt(composed, state, atMs, nowMs, { ...state.context, ...context });
  const last = state.points.length - 1;
  // A device that is known to be gone has left no moment to judge; then only its silence counts.
  const points = last < 0 ? [{ atMs, value: 0, sinceMs: atMs }] : state.points;
  if (composedTruth(composed, points, Math.max(0, last), 'holds', others) !== true) {
    state.silentMs = undefined;
    return [];
  }
  state.silentMs ??= startOf(settings, state, atMs);
  const { open } = state;
  if (!open) {
    if (atMs - state.silentMs < settings.sustainedMs || !isContextKnown(settings, state)) return [];
    const window = { ...measure(settings, state.points, last), toMs: atMs };
    state.open = { startMs: state.silentMs, firedMs: atMs, limit: settings.limit, window };
    state.turnedMs = state.newestMs;
    return [{ kind: 'fired', episode: episodeOf(settings, state, state.silentMs, atMs, window, settings.limit) }];
  }
  if (settings.updateMs === undefined || atMs - (open.toldMs ?? open.firedMs) < settings.updateMs) return [];
  open.toldMs = atMs;
  open.updates = (open.updates ?? 0) + 1;
  return [{ kind: 'updated', update: open.updates, episode: episodeOf(settings, state, open.startMs, atMs, open.window, open.limit) }];
}

/** When the silence of the rule's own signal came to count; of another signal's, when it was seen. */
function startOf({ composed }: RuleSettings, { newestMs, heardMs, listeningMs }: RuleState, atMs: number): number {
  const own = composed?.leaves.find((leaf) => leaf.kind === 'missing' && leaf.series === undefined);
  if (own?.kind !== 'missing' || newestMs === undefined || heardMs === undefined) return atMs;
  return Math.min(atMs, newestMs + own.spanMs + Math.max(0, (listeningMs ?? heardMs) - heardMs));
}
