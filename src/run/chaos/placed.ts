// Where in a play something goes wrong.
import type { Act, Play } from '../demo/scene.ts';

/** Before the line becomes slow, after it has, or when the plan has been changed once or for good. */
export type Place = 'calm' | 'slow' | 'revised-once' | 'revised';

/** The play with these acts at that place. */
export function placed({ acts, ...play }: Play, where: Place, added: readonly Act[]): Play {
  const slow = acts.findIndex((act) => act.do === 'pace');
  const revised = acts.findIndex((act) => act.do === 'await' && act.at === 'erp');
  const once: Act = { do: 'await', at: 'erp', type: 'production-order.revised', count: 1 };
  const index = where === 'calm' ? slow : where === 'revised' ? revised + 1 : slow + 1;
  const all = where === 'revised-once' ? [once, ...added] : added;
  return { ...play, acts: [...acts.slice(0, index), ...all, ...acts.slice(index)] };
}

export function trouble(what: string, act: Extract<Act, { do: 'trouble' }>['act']): Act {
  return { do: 'trouble', what, act };
}

export function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
