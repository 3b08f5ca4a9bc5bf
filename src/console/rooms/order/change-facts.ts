// What a change asks for, compared with what the system had before.
import { valueBefore } from './earlier-value.ts';
import { keyNames } from './key-words.ts';
import { entityOf, unitsOf } from './moment-words.ts';
import type { MomentView, StoryView } from '../../../api/stories.ts';
import { fieldOf, fieldsOf, fieldWords, plainly, saidOf, textWords, valueWords, type Reading, type Said } from './value-words.ts';

/** What is bookkeeping in a request, or says what it is about. */
export const bookkeeping: ReadonlySet<string> = new Set(['version', 'revision', 'reason', 'description', ...keyNames]);

const saidMax = 4;

/** What is asked for, without what it is about and without bookkeeping; only what becomes another, where that is known. */
function changeSaid(story: StoryView, moment: MomentView, reading: Reading): readonly Said[] {
  const input = fieldOf(moment.detail, 'input');
  const news = fieldsOf(input).filter(([field, wanted]) => JSON.stringify(valueBefore(story, moment, field)) !== JSON.stringify(wanted));
  const said = (fields: unknown): readonly Said[] => saidOf(fields, reading, bookkeeping, unitsOf(moment, story, 'input')).filter(({ value }) => value !== entityOf(moment));
  const changed = said(Object.fromEntries(news));
  return changed.length > 0 ? changed : said(input);
}

/** `PO-4711`, `planned end 22:41 instead of 19:11`. */
export function changeFacts(story: StoryView, moment: MomentView, reading: Reading): readonly Said[] {
  const units = unitsOf(moment, story, 'input');
  const before = new Map(fieldsOf(fieldOf(moment.detail, 'input')).map(([field]) => [fieldWords(field), valueWords(field, valueBefore(story, moment, field), reading, units)]));
  const changed = changeSaid(story, moment, reading)
    .slice(0, saidMax)
    .map((said): Said => {
      const instead = said.name === '' ? undefined : before.get(said.name);
      return instead === undefined || instead === said.value ? said : { ...said, instead };
    });
  const entity = entityOf(moment);
  return entity === '' ? changed : [plainly(entity), ...changed];
}

/** Why it is asked for, where the request says so. */
export function reasonOf({ detail }: MomentView, reading: Reading): string {
  const input = fieldOf(detail, 'input');
  const reason = fieldOf(input, 'reason') ?? fieldOf(input, 'description');
  return typeof reason === 'string' ? textWords(reason, reading) : '';
}
