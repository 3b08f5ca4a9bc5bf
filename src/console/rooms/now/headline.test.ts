import { expect, test } from 'vitest';
import { headlineOf, nounOf, type HeadlineFacts } from './headline.ts';

const well: HeadlineFacts = {
  systems: [
    { title: 'ERP', mode: 'up', waiting: 0 },
    { title: 'Transport service', mode: 'up', waiting: 0 },
  ],
  silentEdges: [],
  plantUnheard: false,
  wrong: [],
  cases: { count: 0, overdue: 0, owner: undefined },
  parkedRuns: 0,
  lines: 2,
  linesAtTarget: 2,
};

const lead = (facts: Partial<HeadlineFacts>): string => headlineOf({ ...well, ...facts }).lead;

test('when nothing is wrong, that is said', () => {
  expect(headlineOf(well)).toEqual({ tone: 'ok', lead: 'All systems are in step.', rest: ['2 systems answer, 2 of 2 lines as planned.'] });
  expect(lead({ systems: [{ title: 'ERP', mode: 'up', waiting: 2 }] })).toBe('All systems answer; 2 changes are on the way.');
});

test('a system that is down is named, with what waits for it', () => {
  const erp = { title: 'ERP', mode: 'down', waiting: 0 };
  const tms = { title: 'Transport service', mode: 'down', waiting: 2 };
  expect(lead({ systems: [tms] })).toBe('The transport service is down; 2 changes wait for it, in order.');
  expect(lead({ systems: [{ ...tms, mode: 'probing', waiting: 1 }] })).toBe('The transport service is down; 1 change waits for it, in order.');
  expect(lead({ systems: [erp] })).toBe('ERP is down; nothing waits for it.');
  expect(lead({ systems: [erp, tms] })).toBe('ERP and the transport service are down; 2 changes wait for them, in order.');
  expect(lead({ systems: [erp, erp, tms] })).toBe('Three systems are down; 2 changes wait for them, in order.');
});

test('a slow machine is told with its order and its case', () => {
  const wrong = [{ title: 'Packer 3', what: 'slow', key: 'PO-4711', told: { done: 5, open: 0 } }];
  const cases = { count: 1, overdue: 0, owner: 'Production planning' };
  expect(headlineOf({ ...well, wrong, cases })).toEqual({
    tone: 'bad',
    lead: 'Packer 3 is slow: PO-4711 was replanned; one case waits for production planning.',
    rest: ['5 systems took the new plan.'],
  });
  const open = headlineOf({ ...well, wrong: [{ title: 'Packer 3', what: 'slow', key: 'PO-4711', told: { done: 3, open: 1 } }] });
  expect([open.lead, ...open.rest]).toEqual(['Packer 3 is slow: PO-4711 is being replanned.', '3 systems took the new plan, 1 has yet to take it.']);
  expect(lead({ wrong: [{ title: 'Packer 3', what: 'slow' }] })).toBe('Packer 3 is slow.');
  expect(lead({ wrong: [{ title: 'Packer 3', what: 'slow', key: 'PO-4711', told: { done: 0, open: 0 } }] })).toBe('Packer 3 is slow: PO-4711 is being looked at.');
  expect(lead({ wrong: [{ title: 'Packer 3', what: 'slow', key: 'PO-4711' }] })).toBe('Packer 3 is slow.');
  expect(lead({ wrong: [{ title: 'Packer 3', what: 'temperature is high' }] })).toBe('Packer 3’s temperature is high.');
  expect(lead({ wrong: [...wrong, ...wrong] })).toBe('Two machines need a look.');
});

test('the most important comes first, the rest follows', () => {
  const all: HeadlineFacts = {
    systems: [
      { title: 'Transport service', mode: 'down', waiting: 2 },
      { title: 'CMMS', mode: 'paused', waiting: 1 },
    ],
    silentEdges: ['edge-1'],
    plantUnheard: false,
    wrong: [{ title: 'Packer 3', what: 'slow' }],
    cases: { count: 3, overdue: 1, owner: undefined },
    parkedRuns: 1,
    lines: 1,
    linesAtTarget: 0,
  };
  expect(headlineOf(all)).toEqual({
    tone: 'bad',
    lead: 'Nothing is heard from edge-1; what it holds comes when it is back.',
    rest: [
      'The transport service is down; 2 changes wait for it, in order.',
      'One case is overdue.',
      'Packer 3 is slow.',
      'Two cases wait for their owners.',
      'One run is parked and waits for a person.',
      'CMMS asked for a pause; 1 change waits, in order.',
    ],
  });
});

test('a case without a slow machine is told by itself', () => {
  expect(headlineOf({ ...well, cases: { count: 1, overdue: 0, owner: 'Purchasing' } })).toEqual({
    tone: 'waiting',
    lead: 'One case waits for purchasing.',
    rest: ['Everything else is in step.'],
  });
  expect(lead({ cases: { count: 2, overdue: 2, owner: 'Purchasing' } })).toBe('Two cases are overdue.');
});

test('a plant that was never heard is no plant that runs as planned', () => {
  expect(headlineOf({ ...well, plantUnheard: true })).toEqual({ tone: 'waiting', lead: 'Nothing is heard from the plant yet.', rest: [] });
});

test('a title within a sentence keeps its names', () => {
  expect(['Transport service', 'ERP', 'MES Bremen', 'Packer 3'].map(nounOf)).toEqual(['the transport service', 'ERP', 'MES Bremen', 'Packer 3']);
});
