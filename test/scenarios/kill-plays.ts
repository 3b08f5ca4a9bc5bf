// Plays kills as a process of its own: `kill-plays.ts <data folder> <lanes> [points as JSON]`. Prints the results as JSON.
import { killTable, playKills, type KillPoint } from '../../src/run/demo/kill-plays.ts';

const [dataDir = '.lineshaft-kill', lanes = '1', given = '[]'] = process.argv.slice(2);
// Written by kill.test.ts, or by whoever wants to look at one point.
const points = JSON.parse(given) as readonly KillPoint[];
const results = await playKills({ dataDir, seed: 1, lanes: Number(lanes), points, say: (line) => void process.stderr.write(`${line}\n`) });
process.stderr.write(`\n${killTable(results)}\n`);
process.stdout.write(`${JSON.stringify(results)}\n`);
