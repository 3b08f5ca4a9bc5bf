// How many durable four-step flows a second on PostgreSQL, and that each of them is recorded whole.
// node --conditions=source bench/four-steps-postgres.ts "$(scripts/services.sh start postgres)" [IN-FLIGHT] [SECONDS]
import pg from 'pg';
import { realClock } from '../src/run/real-clock.ts';
import { openPostgresStore } from '../src/store/postgres/postgres-store.ts';
import { closedLoop } from './closed-loop.ts';
import { sameCount } from './four-steps-answer.ts';
import { oursOn } from './four-steps.ts';

const [url = '', inFlight = '256', seconds = '5'] = process.argv.slice(2);
const schema = `bench_${process.pid}`;
const ours = await oursOn(await openPostgresStore({ url, schema, hub: 'bench', clock: realClock }));
const { perSecond, p50Ms, cpuMs, done } = await closedLoop(Number(inFlight), { warmMs: 2_000, measureMs: Number(seconds) * 1_000, times: 1 }, (number) =>
  ours.run(`order-${number}`),
);
await ours.close();

const client = new pg.Client({ connectionString: url });
await client.connect();
const { rows } = await client.query<Record<'events' | 'runs' | 'effects', number>>(
  `SELECT (SELECT count(*)::int FROM ${schema}.event) AS events, (SELECT count(*)::int FROM ${schema}.run WHERE status = 'done') AS runs,
    (SELECT count(*)::int FROM ${schema}.step WHERE kind = 'effect' AND status = 'done' AND attempts = 1) AS effects`,
);
sameCount('events', rows[0]?.events, done);
sameCount('runs that are done', rows[0]?.runs, done);
sameCount('effects with intent and outcome', rows[0]?.effects, 4 * done);
await client.query(`DROP SCHEMA ${schema} CASCADE`);
await client.end();
console.log(
  `${perSecond.toFixed(0)} flows/s with ${inFlight} in flight, p50 ${p50Ms.toFixed(1)} ms, ${(cpuMs ?? 0).toFixed(3)} ms CPU of the hub per flow; all ${done} flows found whole`,
);
