// Fifty thousand events, as many as ten minutes at 5,000 a minute make, through a cut of the link: a real hub, a real edge, and the hub's own file as the judge.
import { expect, test } from 'vitest';
import { playLinkCut } from '../link-play.ts';

// At once, since it is the number that has to be kept. LINESHAFT_LINK_CUT_MINUTES=10 plays it at that pace, with a link that is cut for as long.
const minutes = Number(process.env['LINESHAFT_LINK_CUT_MINUTES'] ?? 0);
const eventsPerMinute = 5_000;

test('through a cut of the link no event is lost, doubled or out of its order, and a new one overtakes the backlog', { timeout: 240_000 + 60_000 * minutes }, async () => {
  // A tenth is said before the cut.
  const events = minutes > 0 ? Math.ceil((minutes * eventsPerMinute) / 0.9) + 2_000 : 50_000;
  const verdict = await playLinkCut({ events, patienceMs: 120_000, ...(minutes > 0 && { eventsPerMinute }) });
  if (minutes > 0) console.log(JSON.stringify(verdict));
  expect(verdict).toMatchObject({ said: events + 1, lost: 0, duplicated: 0, outOfOrder: 0 });
  expect(verdict.backlog).toBeGreaterThan(0.8 * events);
  expect(verdict.takenBeforeFresh).toBeLessThan(verdict.backlog / 4);
  expect(verdict.cutMs).toBeGreaterThanOrEqual(60_000 * minutes);
});
