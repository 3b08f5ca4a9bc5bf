// Plays simulated worlds:
//   node --conditions=source test/simulation/play.ts --seed 48 [--faults 0,3 | --faults none]   one, with its story
//   node --conditions=source test/simulation/play.ts --runs 5000 [--from 1] [--json]                      many, in a process per core
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { faultText, plannedFaults } from './fault.ts';
import { simulatedLandscape } from './landscape.ts';
import { playInProcesses, playSeeds } from './plays.ts';
import { simulate } from './simulation.ts';

const { values, positionals } = parseArgs({
  options: {
    seed: { type: 'string' },
    faults: { type: 'string' },
    runs: { type: 'string' },
    from: { type: 'string' },
    json: { type: 'boolean' },
    share: { type: 'boolean' },
  },
  allowPositionals: true,
});

function whole(text: string | undefined): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`${text} is not a whole number`);
  return number;
}

/** For `playInProcesses`. */
async function playShare(): Promise<void> {
  const [from, count, stride] = positionals.map(whole);
  process.stdout.write(JSON.stringify(await playSeeds(await simulatedLandscape(), from ?? 1, count ?? 1, stride ?? 1)));
}

async function playMany(): Promise<void> {
  const summary = await playInProcesses(whole(values.from ?? '1'), whole(values.runs), availableParallelism());
  process.exitCode = summary.failures.length > 0 ? 1 : 0;
  if (values.json === true) {
    process.stdout.write(`${JSON.stringify(summary)}\n`);
    return;
  }
  for (const failure of summary.failures) console.log(`${failure}\n`);
  for (const [kind, times] of Object.entries(summary.hits).toSorted((one, other) => one[1] - other[1])) console.log(`${kind.padEnd(24)} ${times}`);
  const { slow, heard, alerts, undone, unbegun, told, dropped } = summary.disruptions;
  console.log(`${slow} slow lines, ${heard} of them heard throughout, ${alerts} alerts to planning`);
  console.log(`late runs: ${undone} undone, ${unbegun} not begun, ${told} told of; ${dropped} events dropped`);
  console.log(
    `${summary.plays} plays, ${summary.runs} runs, ${summary.effects} effects: ${summary.failures.length === 0 ? 'all as it must be' : `${summary.failures.length} failures`}`,
  );
}

async function playOne(): Promise<void> {
  const seed = whole(values.seed ?? '1');
  const plan = plannedFaults(seed);
  const kept = values.faults === undefined ? plan : plan.filter(({ id }) => values.faults?.split(',').includes(String(id)));
  const outcome = await simulate(await simulatedLandscape(), seed, kept, { keepStory: true });
  console.log(outcome.story.join('\n'));
  console.log(`\nseed ${seed}, ${outcome.runs} runs, ${outcome.effects} effects, ${outcome.hash}\n${kept.map(faultText).join('\n')}`);
  console.log(outcome.breaches.length === 0 ? 'All as it must be.' : outcome.breaches.join('\n'));
  process.exitCode = outcome.breaches.length > 0 ? 1 : 0;
}

await (values.share === true ? playShare() : values.runs === undefined ? playOne() : playMany());
