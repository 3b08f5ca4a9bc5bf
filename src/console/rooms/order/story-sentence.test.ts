import { expect, test } from 'vitest';
import { asked, at, begin, behind, event, held, ms, openCase, questions, reading, replanned, stateOf, storyOf, titles, waits } from './story-for-test.ts';
import { sentenceOf } from './story-sentence.ts';

const running = { id: 'replan:1', flow: 'replan', title: 'A slow line', key: 'PO-1', status: 'active', started: at(0) } as const;
const told = (...args: Parameters<typeof storyOf>): string => sentenceOf(storyOf(...args), reading, titles).text;
const again = asked({ seconds: 4, system: 'erp', entity: 'PO-1', revision: 2, input: { order: 'PO-1', plannedEnd: at(14_400) } });
const before = [event, begin, ...questions];

test('an order that was replanned says from when to when, whether all agree and who is waited for', () => {
  const story = storyOf([...before, replanned, again], { systems: [stateOf(again)], exceptions: [openCase] });
  expect(sentenceOf(story, reading, titles)).toEqual({
    text: 'Replanned twice: ends 18:00 instead of 15:00. ERP has it. One case waits for planning.',
    awaits: '',
    tone: 'waiting',
    sinceMs: ms(4.02),
  });
});

test('a system that is behind is named; what the flow waits for stands apart', () => {
  const story = storyOf([...before, replanned, held, waits], { runs: [running], systems: [stateOf(replanned), stateOf(held)] });
  const { text, awaits, tone } = sentenceOf(story, reading, titles);
  expect(text).toBe('Replanned once: ends 16:30 instead of 15:00. The last change for Transport service is in the buffer.');
  expect(awaits).toBe('The flow waits for “A line is well again” until 14:00:12.');
  expect(tone).toBe('held');
});

test('what was set back says so', () => {
  const undone = asked({ seconds: 5, system: 'erp', entity: 'PO-1', revision: 2, input: { order: 'PO-1', plannedEnd: at(3_600) }, kind: 'undo' });
  expect(told([...before, replanned, undone])).toBe('Replanned once and set back: ends 15:00, as before.');
});

test('a refusal and a parked run are told as what they are', () => {
  const refused = asked({ seconds: 1, system: 'tms', entity: 'AP-1', revision: 1, input: {}, status: 'refused', tries: [{ at: at(1), what: 'refused' }] });
  const story = storyOf([...before, replanned, refused], { systems: [stateOf(replanned), stateOf(refused)], runs: [{ ...running, status: 'parked' }] });
  expect(sentenceOf(story, reading, titles)).toMatchObject({
    text: 'Replanned once: ends 16:30 instead of 15:00. Transport service refused the last change. It is stopped until its owner decides.',
    tone: 'bad',
  });
});

test('where nothing was changed, that is the news', () => {
  const decided = { atMs: ms(1), at: at(1), kind: 'decision', title: 'Decides: How bad → fine', status: 'done', detail: { input: {}, decision: 'd' } } as const;
  expect([told([...before, decided]), told([event]), told([...before, held])]).toEqual([
    'Looked at, and nothing had to change.',
    'It was told of; nothing was changed.',
    'Nothing is changed yet.',
  ]);
});

test('an appointment is told by its own move, an item by how much was changed around it', () => {
  const moved = [...before, replanned, { ...held, status: 'done' }, { ...behind, status: 'done' }];
  expect(told(moved, { key: 'AP-1' })).toBe('Moved twice: is due 20:00 to 21:00 instead of 16:00 to 17:00.');
  expect(told(moved, { key: 'COFFEE' })).toBe('Three changes in two systems.');
});
