import type { Landscape } from '../../src/model/landscape.ts';
import { faultText, type PlannedFault } from './fault.ts';
import { simulate, type Outcome } from './simulation.ts';

/** A play that failed, with as few faults as it still fails with. */
export interface Failure {
  readonly seed: number;
  readonly faults: readonly PlannedFault[];
  readonly breaches: readonly string[];
  readonly story: readonly string[];
}

/** Leaves out one fault after the other, as long as the play still fails. */
export async function shrunk(landscape: Landscape, seed: number, plan: readonly PlannedFault[]): Promise<Failure> {
  let kept = plan;
  for (let isSmaller = true; isSmaller;) {
    isSmaller = false;
    for (const fault of kept) {
      const fewer = kept.filter((other) => other !== fault);
      if ((await simulate(landscape, seed, fewer)).breaches.length === 0) continue;
      kept = fewer;
      isSmaller = true;
    }
  }
  const { breaches, story } = await simulate(landscape, seed, kept, { keepStory: true });
  return { seed, faults: kept, breaches, story: aboutBreaches({ breaches, story }) };
}

/** The failure as it is told to people: what to type to see it again, and what happened. */
export function failureText({ seed, faults, breaches, story }: Failure): string {
  const ids = faults.map(({ id }) => id).join();
  return [
    `Seed ${seed} fails:`,
    ...breaches.map((breach) => `  ${breach}`),
    `with ${faults.length} faults:`,
    ...faults.map((fault) => `  ${faultText(fault)}`),
    `Again: node --conditions=source test/simulation/play.ts --seed ${seed} --faults ${ids === '' ? 'none' : ids}`,
    'What happened (seconds):',
    ...story,
  ].join('\n');
}

const namesOf = /[a-z-]+:[0-9a-f]{16}|\b[0-9a-f]{20,32}\b|PO-\d+|AP-[A-Z0-9-]+|PU-\d+|line-\d+/g;
const always = /^\s*[\d.]+ (FAULT|BREACH|world|edge-\d)|(CRASHES|starts|is up|is down|stop|clock set)/;

/** Of a story, what names the things that the breaches name, and everything that went wrong. */
function aboutBreaches({ breaches, story }: Pick<Outcome, 'breaches' | 'story'>): readonly string[] {
  const runs = new Set(breaches.flatMap((breach) => breach.match(namesOf) ?? []));
  return story.filter((line) => always.test(line) || [...runs].some((name) => line.includes(name)));
}
