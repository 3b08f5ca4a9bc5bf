import { expect, test } from 'vitest';
import { sinceThen } from '../exceptions/since-then.ts';
import { recentKeys } from './recent-keys.ts';
import { at, begin, ms, reading, storyOf, titles } from './story-for-test.ts';
import { tellTimeline } from './timeline-entries.ts';

const ended = (reason: string) => ({ ...begin, atMs: ms(5), at: at(5), status: 'compensated', title: `Replan ends for PO-1: ${reason}`, durationMs: 5_000 });
const run = { id: begin.run ?? '', flow: 'replan', title: 'Replan', key: 'PO-1', status: 'compensated', started: at(1) } as const;
const refused = 'cancelled by anna: as agreed; not set back: erp.reserve#1';

test('a run whose undo was refused is not told as set back', () => {
  const [told] = tellTimeline(storyOf([ended(refused)]), reading, titles).past;
  expect(told).toMatchObject({ result: 'Not all that it had changed is set back: an undo was refused after 5.0 s', tone: 'bad', isProblem: true });
  const listed = { ...run, position: 1, release: 'x', protocol: 1, ended: at(5), reason: refused };
  expect(recentKeys({ processes: [], runs: [listed], events: [] }, new Map())).toMatchObject([{ state: 'Not set back in all', status: 'not set back' }]);
  const story = storyOf([], { runs: [{ ...run, reason: refused }] });
  expect(sinceThen({ run: run.id, keys: {} }, story, new Set()).ended).toBe('Not all that had been changed is set back: an undo was refused.');
});

test('one whose undos were all taken is', () => {
  const [told] = tellTimeline(storyOf([ended('cancelled by anna: not set back to normal')]), reading, titles).past;
  expect(told).toMatchObject({ tone: 'plain', isProblem: false });
});
