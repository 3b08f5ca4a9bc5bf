import { expect, test } from 'vitest';
import { chaptersOf } from './chapters.ts';
import { begin, event, ms, questions, reading, replanned, storyOf } from './story-for-test.ts';
import { tellTimeline } from './timeline-entries.ts';

const ends = { ...begin, atMs: ms(9), durationMs: 8_990, status: 'done', title: 'A slow line changes the plan ends for PO-1' };
const later = { ...event, atMs: ms(60), detail: { ...event.detail, position: 8 } };
const again = { ...begin, atMs: ms(60.01), run: 'replan:2' };

test('a chapter begins with the event that made a flow run, and all lines stay in order', () => {
  const { past } = tellTimeline(storyOf([event, begin, ...questions, replanned, ends, later, again]), reading);
  const chapters = chaptersOf(past);
  expect(chapters.map(({ title, result, startMs, entries }) => [title, result, startMs, entries.length])).toEqual([
    ['A slow line changes the plan', 'All its steps are done after 9.0 s', ms(0), 5],
    ['A slow line changes the plan', '', ms(60), 2],
  ]);
  expect(chapters.flatMap(({ entries }) => entries)).toEqual(past);
});

test('a story without a flow is one chapter, no story none', () => {
  expect(chaptersOf(tellTimeline(storyOf([event, later]), reading).past)).toMatchObject([{ title: 'A line is slow', result: '' }]);
  expect(chaptersOf([])).toEqual([]);
});
