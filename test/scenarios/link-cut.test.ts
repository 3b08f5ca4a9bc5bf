// Fifty thousand events, as many as ten minutes at 5,000 a minute make, through a cut of the link: a real hub, a real edge, and the hub's own file as the judge.
import { expect, test } from 'vitest';
import { playLinkCut } from '../link-play.ts';

test('through a cut of the link no event is lost, doubled or out of its order, and a new one overtakes the backlog', { timeout: 180_000 }, async () => {
  const verdict = await playLinkCut({ events: 50_000, patienceMs: 120_000 });
  expect(verdict).toMatchObject({ said: 50_001, lost: 0, duplicated: 0, outOfOrder: 0 });
  expect(verdict.backlog).toBeGreaterThan(40_000);
  expect(verdict.takenBeforeFresh).toBeLessThan(verdict.backlog / 4);
});
