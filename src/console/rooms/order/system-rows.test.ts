import { expect, test } from 'vitest';
import { asked, at, behind, held, question, questions, reading, replanned, stateOf, storyOf, titles } from './story-for-test.ts';
import { askedRows, systemRows } from './system-rows.ts';

test('a system that is behind comes first, with what it has instead and why', () => {
  const story = storyOf([...questions, replanned, held, behind], { systems: [stateOf(replanned), stateOf(behind)] });
  expect(systemRows(story, reading, titles)).toMatchObject([
    {
      title: 'Transport service',
      asked: [{ name: 'window', value: '20:00 to 21:00' }],
      revision: 2,
      word: 'Not yet',
      why: 'In the buffer: Transport service could not be reached, and the change before it goes first',
      has: 'window 16:00 to 17:00',
    },
    { title: 'ERP', asked: [{ name: 'planned end', value: '16:30' }], word: 'Has it', why: '', proof: 'it answered', has: '' },
  ]);
});

test('what was asked later about the same thing replaces what it has', () => {
  const back = { ...asked({ seconds: 9, system: 'erp', entity: 'PO-1', revision: 1, input: {}, kind: 'undo' }), title: 'ERP: undo by Take it back (PO-1, revision 1)' };
  const story = storyOf([replanned, back], { systems: [stateOf(replanned), stateOf(back)] });
  expect(systemRows(story, reading, titles).map(({ capability }) => capability)).toEqual(['Take it back']);
});

test('a refusal says what the system said', () => {
  const refused = asked({
    seconds: 1,
    system: 'tms',
    entity: 'AP-1',
    revision: 1,
    input: { window: { from: at(0), to: at(3_600) } },
    status: 'refused',
    output: { refusal: { code: 'FULL' } },
  });
  expect(systemRows(storyOf([refused], { systems: [stateOf(refused)] }), reading, titles)).toMatchObject([{ word: 'Refused', why: 'Refused: FULL', state: 'refused' }]);
});

test('a system that was only asked is told with what it said last, and is never behind', () => {
  const slot = question(0.4, 'mes', 'When it is made', { order: 'PO-1', slotEnd: at(3_600), produced: 480 }, 'slot#1');
  const story = storyOf([...questions, slot, replanned], { systems: [stateOf(replanned)], units: { 'capability:slot': { output: { produced: '{pack}' } } } });
  const rows = askedRows({ ...story, timeline: story.timeline.map((moment) => (moment === slot ? { ...slot, definition: 'capability:slot' } : moment)) }, reading, titles);
  expect(rows.find(({ id }) => id === 'mes/asked')).toMatchObject({
    title: 'mes',
    capability: 'When it is made',
    isAnswered: true,
    isBefore: false,
    said: [
      { name: 'slot end', value: '15:00' },
      { name: 'produced', value: '480 packs' },
    ],
  });
  expect(rows.some(({ id }) => id === 'erp/asked')).toBe(false);
});

test('what a system said before others were changed says so: it may have moved since', () => {
  const slot = question(0.05, 'mes', 'When it is made', { slotEnd: at(3_600) }, 'slot#1');
  const rows = askedRows(storyOf([slot, replanned], { systems: [stateOf(replanned)] }), reading, titles);
  expect(rows.map(({ id, isBefore }) => [id, isBefore])).toEqual([['mes/asked', true]]);
});
