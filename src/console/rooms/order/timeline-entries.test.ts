import { expect, test } from 'vitest';
import { asked, at, begin, behind, event, held, inVain, ms, openCase, questions, reading, replanned, storyOf, titles, waits } from './story-for-test.ts';
import { tellTimeline, type Entry } from './timeline-entries.ts';
import { saidWords } from './value-words.ts';

const told = (...args: Parameters<typeof storyOf>): ReturnType<typeof tellTimeline> => tellTimeline(storyOf(...args), reading, titles);
const line = ({ title, facts, result }: Entry): string => [title, ...facts.map(saidWords), result].filter((part) => part !== '').join(' | ');

test('the story is told in plain words, with what was before', () => {
  expect(told([event, begin, ...questions, replanned]).past.map(line)).toEqual([
    'A line is slow | rate 55.0 per min | slot end 15:00 | From packer-3, by edge-1',
    'Flow begins: A slow line changes the plan',
    'Asked ERP and WMS | 2 answers within 40 ms',
    'ERP: Revise an order | PO-1 | planned end 16:30 instead of 15:00 | Done in 20 ms, answered',
  ]);
});

test('questions far apart are not folded', () => {
  const [first, second] = questions;
  const later = second && { ...second, atMs: second.atMs + 1_000 };
  expect(told([first, later].flatMap((moment) => moment ?? [])).past.map(({ title }) => title)).toEqual(['Asked ERP', 'Asked WMS']);
});

test('what is in the buffer stands at the end, with why', () => {
  const { past, coming } = told([event, ...questions, replanned, held, behind, waits], { exceptions: [openCase] });
  expect(past.find(({ tone }) => tone === 'held')?.result).toBe('In the buffer since 14:00:00: Transport service could not be reached');
  expect(coming.map((entry) => [line(entry), entry.untilMs])).toEqual([
    ['Waits for “A line is well again”', ms(12)],
    [
      'Transport service is still to get: Move an appointment | AP-1 | window 19:00 to 20:00 instead of 16:00 to 17:00 | In the buffer: Transport service could not be reached, 3 tries',
      ms(600),
    ],
    [
      'Transport service is still to get: Move an appointment | AP-1 | window 20:00 to 21:00 instead of 19:00 to 20:00 | In the buffer: behind an earlier change of the same thing',
      ms(600),
    ],
    ['Planning is to decide | packer-3 is slow', ms(3_600)],
  ]);
});

test('what lay in the buffer tells how long, and has an end of its own', () => {
  const tries = [...inVain, { at: at(4.2), what: 'sent' as const }, { at: at(4.25), what: 'answered' as const }];
  const { past, coming } = told([...questions, { ...held, status: 'done', tries, durationMs: 4_050 }]);
  expect(past.slice(1).map(line)).toEqual([
    'Transport service: Move an appointment | AP-1 | window 19:00 to 20:00 instead of 16:00 to 17:00 | 4.0 s in the buffer: Transport service could not be reached, 3 tries · Then done in 50 ms',
    'Transport service has it now: Move an appointment | AP-1 | window 19:00 to 20:00 | After 4.0 s',
  ]);
  expect(coming).toEqual([]);
});

test('a wait that ran out ends in the line; one that came is told by its event', () => {
  const over = { ...waits, status: 'timed out', durationMs: 9_900 };
  expect(told([over]).past.map(({ title }) => title)).toEqual(['Waits for “A line is well again”, until 14:00:12 at most', 'Waited 9.9 s: “A line is well again” did not come']);
  expect(told([{ ...over, status: 'came' }]).past.map(line)).toEqual(['Waits for “A line is well again”, until 14:00:12 at most | It came after 9.9 s']);
});

test('problems are what went otherwise than it should, changes what was asked of systems', () => {
  const refused = asked({
    seconds: 1,
    system: 'tms',
    entity: 'AP-1',
    revision: 1,
    input: {},
    status: 'refused',
    tries: [{ at: at(1), what: 'refused' }],
    output: { refusal: { code: 'FULL', message: 'no dock' } },
  });
  const { past } = told([event, ...questions, replanned, refused]);
  expect(past.filter(({ isChange }) => isChange).map(({ title }) => title)).toEqual(['ERP: Revise an order', 'Transport service: Move an appointment']);
  expect(past.filter(({ isProblem }) => isProblem).map(({ result, tone }) => [result, tone])).toEqual([['Refused: no dock (FULL)', 'bad']]);
});

test('a line keeps its identity when the story goes on', () => {
  const before = told([event, begin, ...questions, replanned]).past.map(({ id }) => id);
  const after = told([event, begin, ...questions, replanned, { ...held, status: 'done' }]).past.map(({ id }) => id);
  expect(after.slice(0, before.length)).toEqual(before);
  expect(new Set(after).size).toBe(after.length);
});
