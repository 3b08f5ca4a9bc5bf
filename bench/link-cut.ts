// LINK: a real edge and a real hub, the link between them cut, and the hub's file as the judge.
import { playLinkCut } from '../test/link-play.ts';
import { side } from './child-side.ts';

await side(async () => {
  const { lost, duplicated, outOfOrder, freshMs, drainPerSecond } = await playLinkCut({ events: 50_000, patienceMs: 120_000 });
  if (lost + duplicated + outOfOrder > 0) throw new Error(`${lost} lost, ${duplicated} doubled, ${outOfOrder} out of order`);
  return { values: { freshMs, drain: drainPerSecond } };
});
