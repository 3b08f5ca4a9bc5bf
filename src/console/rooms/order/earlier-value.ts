// What a field was before it was changed: as the system itself had told when it was asked.
import { entityOf } from './moment-words.ts';
import type { MomentView, StoryView } from '../../../api/stories.ts';
import { fieldOf, fieldsOf } from './value-words.ts';

/** Whether two changes are about the same thing of the same system. */
export function isSameThing(a: MomentView, b: MomentView): boolean {
  return a.system === b.system && entityOf(a) === entityOf(b) && isChange(a) && isChange(b);
}

export function isChange({ kind, system }: MomentView): boolean {
  return (kind === 'effect' || kind === 'undo') && system !== undefined;
}

/** The value of `field` before any change, from the newest answer before `moment` that names its entity; undefined where none did. */
export function firstValue(story: StoryView, moment: MomentView, field: string): unknown {
  const entity = entityOf(moment);
  const begun = story.timeline.find((other) => isSameThing(other, moment) && Object.hasOwn(inputOf(other), field)) ?? moment;
  for (const { kind, atMs, detail } of story.timeline.toReversed()) {
    if (kind !== 'query' || atMs > begun.atMs) continue;
    const found = valueNear(fieldOf(detail, 'output'), entity, field, depthMax);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The value of `field` that the system has while `moment` is not done: of the last change that was, or from before any. */
export function valueHad(story: StoryView, moment: MomentView, field: string): unknown {
  return lastAsked(story, moment, field, ({ status }) => status === 'done');
}

/** The value of `field` that the system was asked to have before `moment`, or had before any change. */
export function valueBefore(story: StoryView, moment: MomentView, field: string): unknown {
  return lastAsked(story, moment, field, ({ status }) => status !== 'refused' && status !== 'cancelled' && status !== 'expired');
}

function lastAsked(story: StoryView, moment: MomentView, field: string, counts: (other: MomentView) => boolean): unknown {
  const at = story.timeline.indexOf(moment);
  const asked = story.timeline.slice(0, at).findLast((other) => counts(other) && isSameThing(other, moment) && Object.hasOwn(inputOf(other), field));
  return asked ? fieldOf(inputOf(asked), field) : firstValue(story, moment, field);
}

function inputOf({ detail }: MomentView): object {
  const input = fieldOf(detail, 'input');
  return typeof input === 'object' && input !== null ? input : {};
}

const depthMax = 6;

/** The field of the object that names the entity, wherever in an answer it lies. */
function valueNear(value: unknown, entity: string, field: string, depth: number): unknown {
  if (depth === 0 || typeof value !== 'object' || value === null) return undefined;
  const own = fieldOf(value, field);
  if (own !== undefined && fieldsOf(value).some(([, other]) => other === entity)) return own;
  for (const inner of Object.values(value)) {
    const found = valueNear(inner, entity, field, depth - 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
