// `npm run bench -- [F1 L1 …] [--runs 5] [--quick] [--json] [--store] [--require-peers]`
// Ours and its peers in turn, each run in processes of its own, every result checked. Exit codes: 0 measured (whatever the figures),
// 1 a run failed or, with --require-peers, a peer is missing, 2 wrong use.
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { backtestQuestion } from './backtest.ts';
import { compare, type Comparison } from './comparison.ts';
import { consoleSoak } from './console-soak.ts';
import { consoleQuestion } from './console.ts';
import { curve, curveRuns, longCurve } from './curve.ts';
import { f1 } from './f1.ts';
import { f1Postgres } from './f1-postgres.ts';
import { f2 } from './f2.ts';
import { ingest } from './ingest.ts';
import { l1 } from './l1.ts';
import { link } from './link.ts';
import { memory } from './memory.ts';
import { parked } from './parked.ts';
import { poison } from './poison.ts';
import { edgeCpu } from './edge-cpu.ts';
import { memoryAtScale, memoryOpcUa } from './edge-memory.ts';
import type { Effort, Question } from './question.ts';
import { recover } from './recover.ts';
import { start } from './start.ts';
import { t1, t2 } from './t1.ts';
import { t3 } from './t3.ts';
import { rowsOf, tableText, type Row } from './table.ts';

const questions: readonly Question[] = [
  f1,
  f1Postgres,
  f2,
  l1,
  backtestQuestion,
  t1,
  t2,
  t3,
  ingest,
  link,
  parked,
  recover,
  curve,
  longCurve,
  curveRuns,
  poison,
  start,
  memory,
  memoryOpcUa,
  memoryAtScale,
  edgeCpu,
  consoleQuestion,
  consoleSoak,
];
const full: Effort = { warmMs: 3_000, measureMs: 5_000, times: 300 };
const quick: Effort = { warmMs: 1_500, measureMs: 2_000, times: 200 };
const runsMax = 100;

interface Wish {
  readonly chosen: readonly Question[];
  readonly runs: number;
  readonly effort: Effort;
  readonly json: boolean;
  readonly store: boolean;
  readonly requirePeers: boolean;
}

function wishFrom(args: readonly string[]): Wish {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      runs: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      store: { type: 'boolean', default: false },
      'require-peers': { type: 'boolean', default: false },
    },
  });
  const ids = positionals.map((id) => id.toUpperCase());
  const unknown = ids.filter((id) => !questions.some((question) => question.id === id));
  if (unknown.length > 0) throw new Error(`There is no benchmark ${unknown.join(', ')}. Choose from: ${questions.map(({ id }) => id).join(', ')}.`);
  const runs = Number(values.runs ?? (values.quick ? 2 : 5));
  if (!Number.isInteger(runs) || runs < 1 || runs > runsMax) throw new Error(`--runs takes a whole number from 1 to ${runsMax}, not ${values.runs}.`);
  return {
    chosen: questions.filter(({ id, byName = false }) => (ids.length === 0 ? !byName : ids.includes(id))),
    runs,
    effort: values.quick ? quick : full,
    json: values.json,
    store: values.store,
    requirePeers: values['require-peers'],
  };
}

async function main(args: readonly string[]): Promise<number> {
  let wish: Wish;
  try {
    wish = wishFrom(args);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 2;
  }
  // Progress goes to standard error, so that standard output holds the result alone.
  const say = (line: string): void => console.error(line);
  const done: Comparison[] = [];
  const broken: string[] = [];
  for (const question of wish.chosen) {
    try {
      done.push(await compare(question, wish.runs, wish.effort, say));
    } catch (error) {
      broken.push(question.id);
      console.error(`${question.id} failed:`, error);
    }
  }
  const rows = done.flatMap(rowsOf);
  console.log(wish.json ? JSON.stringify(rows, undefined, 2) : tableText(rows));
  if (wish.store) await storeBaseline(rows);
  const missing = done.flatMap(({ absent }) => absent);
  return broken.length > 0 || (wish.requirePeers && missing.length > 0) ? 1 : 0;
}

/** Rows of the same id are replaced, others kept; each says on what machine it was taken, and how busy that was (runnable processes, 1 minute). */
async function storeBaseline(rows: readonly Row[]): Promise<void> {
  const file = new URL('baseline.json', import.meta.url);
  const stored: unknown = JSON.parse(await readFile(file, 'utf8').catch(() => '[]'));
  // Written below only.
  const kept = (stored as readonly Row[]).filter(({ id }) => !rows.some((row) => row.id === id));
  const machine = { cpus: availableParallelism(), platform: `${process.platform}-${process.arch}`, node: process.version, load: loadavg()[0] };
  const all = [...kept, ...rows.map((row) => ({ ...row, machine }))].toSorted((one, other) => (one.id < other.id ? -1 : 1));
  await writeFile(file, `${JSON.stringify(all, undefined, 2)}\n`);
}

process.exitCode = await main(process.argv.slice(2));
