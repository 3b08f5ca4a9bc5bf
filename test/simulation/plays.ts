import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Landscape } from '../../src/model/landscape.ts';
import { faultKinds, plannedFaults, type FaultKind } from './fault.ts';
import { addDisruptions, noDisruptions, type Disruptions } from './planners-alert.ts';
import { failureText, shrunk } from './shrinking.ts';
import { simulate } from './simulation.ts';

/** What many plays came to. */
export interface Summary {
  readonly plays: number;
  readonly runs: number;
  readonly effects: number;
  readonly disruptions: Disruptions;
  /** Failures as they are told to people. */
  readonly failures: readonly string[];
  readonly hits: Readonly<Partial<Record<FaultKind, number>>>;
}

/** After so many failures the rest is not played: each is played many times over to shrink it. */
const failuresMax = 3;

/** Plays every `stride`th seed from `from`, `count` seeds far, in this process. */
export async function playSeeds(landscape: Landscape, from: number, count: number, stride: number): Promise<Summary> {
  const hits: Partial<Record<FaultKind, number>> = {};
  const failures: string[] = [];
  const disruptions = noDisruptions();
  let [plays, runs, effects] = [0, 0, 0];
  for (let seed = from; seed < from + count && failures.length < failuresMax; seed += stride) {
    const plan = plannedFaults(seed);
    const outcome = await simulate(landscape, seed, plan);
    plays += 1;
    runs += outcome.runs;
    effects += outcome.effects;
    addDisruptions(disruptions, outcome.disruptions);
    for (const [kind, times] of outcome.hits) hits[kind] = (hits[kind] ?? 0) + times;
    if (outcome.breaches.length > 0) failures.push(failureText(await shrunk(landscape, seed, plan)));
  }
  return { plays, runs, effects, disruptions, failures, hits };
}

/** The same in several processes at once. */
export async function playInProcesses(from: number, count: number, processes: number): Promise<Summary> {
  const shares = await Promise.all(Array.from({ length: processes }, (_, index) => share(from + index, count - index, processes)));
  const hits: Partial<Record<FaultKind, number>> = {};
  for (const kind of faultKinds) hits[kind] = shares.reduce((sum, { hits: of }) => sum + (of[kind] ?? 0), 0);
  const disruptions = noDisruptions();
  for (const each of shares) addDisruptions(disruptions, each.disruptions);
  const total = (of: (summary: Summary) => number): number => shares.reduce((sum, each) => sum + of(each), 0);
  return {
    plays: total(({ plays }) => plays),
    runs: total(({ runs }) => runs),
    effects: total(({ effects }) => effects),
    disruptions,
    failures: shares.flatMap(({ failures }) => failures),
    hits,
  };
}

function share(from: number, count: number, stride: number): Promise<Summary> {
  const script = fileURLToPath(new URL('play.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=source', script, '--share', String(from), String(count), String(stride)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      // Written by play.ts, `--share`: a Summary.
      if (code === 0) resolve(JSON.parse(out) as Summary);
      else reject(new Error(`a share of the plays ended with ${code}: ${out.slice(-2_000)}`));
    });
  });
}
