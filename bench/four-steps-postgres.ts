// Ours in F1PG: a process that plays four-step flows on PostgreSQL, in a schema of its own, and counts there what was recorded.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { realClock } from '../src/run/real-clock.ts';
import { openPostgresStore } from '../src/store/postgres/postgres-store.ts';
import { side } from './child-side.ts';
import { closedLoop } from './closed-loop.ts';
import { loopAnswer, sameCount } from './four-steps-answer.ts';
import { oursOn } from './four-steps.ts';
import { cpuMsOf } from './process-tree.ts';

/** Where LINESHAFT_POSTGRES names none, one from Debian, which stays up: `scripts/services.sh stop postgres`. */
function address(): string {
  const services = fileURLToPath(new URL('../scripts/services.sh', import.meta.url));
  return process.env['LINESHAFT_POSTGRES'] ?? execFileSync(services, ['start', 'postgres'], { encoding: 'utf8' }).trim();
}

await side(async (task, opened) => {
  const url = address();
  const schema = `bench_${process.pid}`;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  opened.defer(async () => {
    await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
    await client.end();
  });
  const ours = await oursOn(await openPostgresStore({ url, schema, hub: 'bench', clock: realClock }));
  // Connections are made when they are needed, and stay.
  const serverMs = async (): Promise<number> => {
    const backends = await client.query<{ readonly pid: number }>("SELECT pid FROM pg_stat_activity WHERE application_name = 'lineshaft'");
    return backends.rows.reduce((sum, { pid }) => sum + (cpuMsOf(pid) ?? Number.NaN), 0);
  };
  const beforeMs = await serverMs();
  const batch = async (): Promise<number> => Number((await client.query<{ readonly batch: string }>(`SELECT batch FROM ${schema}.holder`)).rows[0]?.batch);
  const first = await batch();
  const result = await closedLoop(task.inFlight, task, (number) => ours.run(`order-${number}`));
  const [server, commits] = [((await serverMs()) - beforeMs) / result.done, ((await batch()) - first) / result.done];
  await ours.close();
  const { rows } = await client.query<Record<'events' | 'runs' | 'effects', number>>(
    `SELECT (SELECT count(*)::int FROM ${schema}.event) AS events, (SELECT count(*)::int FROM ${schema}.run WHERE status = 'done') AS runs,
      (SELECT count(*)::int FROM ${schema}.step WHERE kind = 'effect' AND status = 'done' AND attempts = 1) +
        (SELECT count(*)::int FROM ${schema}.packed, json_array_elements(steps::json) step WHERE step ->> 2 = 'effect' AND step ->> 7 = 'done' AND step ->> 14 = '1') AS effects`,
  );
  sameCount('events', rows[0]?.events, result.done);
  sameCount('runs that are done', rows[0]?.runs, result.done);
  sameCount('effects with intent and outcome', rows[0]?.effects, 4 * result.done);
  const answer = loopAnswer(result);
  return { ...answer, values: { ...answer.values, hubMs: result.cpuMs ?? Number.NaN, serverMs: server, commits } };
});
