import { expect, test } from 'vitest';
import { holdBack, sentenceOf, withIds, type NowMoment } from './moments.ts';

function moment(id: string, atMs: number, status = 'done'): NowMoment {
  return { id, atMs, at: clock(atMs), kind: 'effect', title: id, status, key: 'PO-4711' };
}
const clock = (ms: number): string => new Date(ms).toISOString().slice(11, 19);

test('new moments come at once while nobody points at the list', () => {
  const newest = [moment('b', 2), moment('a', 1)];
  expect(holdBack([moment('a', 1)], newest, false)).toEqual({ moments: newest, held: 0 });
  expect(holdBack([], newest, true)).toEqual({ moments: newest, held: 0 });
});

test('under the pointer rows keep their place, tell their newest state, and newer ones are counted', () => {
  const shown = [moment('b', 2, 'sent'), moment('a', 1)];
  const newest = [moment('d', 4), moment('c', 3), moment('b', 2, 'done')];
  const { moments, held } = holdBack(shown, newest, true);
  expect(moments.map(({ id, status }) => `${id} ${status}`)).toEqual(['b done', 'a done']);
  expect(held).toBe(2);
});

test('a moment keeps its id while its words change and others come', () => {
  const wait = { atMs: 1, at: clock(1), kind: 'wait', title: 'Waits for "x"', status: 'waiting', run: 'r' } as const;
  const ids = withIds([wait]).map(({ id }) => id);
  const later = withIds([{ ...wait, atMs: 2 }, wait, { ...wait, title: 'Waited for "x": it came', status: 'came' }]).map(({ id }) => id);
  expect(later.slice(2)).toEqual(ids);
  expect(new Set(later).size).toBe(3);
});

test('a moment is told as who, how it stands and what', () => {
  const title = 'Transport service: Move the dock appointment of a shipment (AP-77, revision 1)';
  expect(sentenceOf({ title, system: 'tms', kind: 'effect', status: 'open' }, 'Transport service', clock)).toEqual({
    who: 'Transport service',
    standing: 'waits',
    what: 'Move the dock appointment of a shipment (AP-77, revision 1)',
  });
  expect(sentenceOf({ title, system: 'tms', kind: 'effect', status: 'done' }, 'Transport service', clock).standing).toBe('');
  expect(sentenceOf({ title: 'Asks ERP: Production order', system: 'erp', kind: 'query', status: 'done' }, 'ERP', clock)).toEqual({
    who: 'ERP',
    standing: 'was asked',
    what: 'Production order',
  });
});

test('instants in a sentence become times of day', () => {
  const title = 'Waits for "A line produces as planned again" until 2026-11-22T14:13:59.916Z';
  expect(sentenceOf({ title, kind: 'wait', status: 'waiting' }, undefined, clock).what).toBe('Waits for "A line produces as planned again" until 14:13:59');
});
