// DBOS in F1 and F2: a workflow of four named durable steps under an id of its own, on PostgreSQL.
import { peerRequire } from './cache.ts';
import { side } from './child-side.ts';
import { closedLoop } from './closed-loop.ts';
import { loopAnswer, sameCount } from './four-steps-answer.ts';
import { startPostgres } from './postgres.ts';

/** As much of @dbos-inc/dbos-sdk as is used here. */
interface Dbos {
  setConfig(config: object): void;
  launch(): Promise<void>;
  shutdown(): Promise<void>;
  registerWorkflow<In, Out>(work: (input: In) => Promise<Out>, options: { readonly name: string }): (input: In) => Promise<Out>;
  startWorkflow<In, Out>(workflow: (input: In) => Promise<Out>, options: { readonly workflowID: string }): (input: In) => Promise<{ getResult(): Promise<Out> }>;
  runStep<Out>(step: () => Promise<Out>, options: { readonly name: string }): Promise<Out>;
}
interface PostgresClient {
  connect(): Promise<void>;
  query(sql: string): Promise<{ readonly rows: readonly { readonly n: string }[] }>;
  end(): Promise<void>;
}

/** Connections of DBOS to its database; more did not help it. */
const poolSize = 20;

await side(async (task, opened) => {
  const postgres = opened.use(await startPostgres(task.folder));
  const load = peerRequire('dbos');
  // Both are packages of fixed versions with these exports.
  const { DBOS } = load('@dbos-inc/dbos-sdk') as { readonly DBOS: Dbos };
  const { Client } = load('pg') as { readonly Client: new (url: string) => PostgresClient };
  const url = postgres.url('dbos');
  const fourSteps = DBOS.registerWorkflow(
    async (start: number) => {
      let value = start;
      for (let step = 0; step < 4; step += 1) {
        const before = value;
        value = await DBOS.runStep(async () => before + 1, { name: `add-${step}` });
      }
      return value;
    },
    { name: 'four-steps' },
  );
  DBOS.setConfig({ name: 'bench', systemDatabaseUrl: url, systemDatabasePoolSize: poolSize, logLevel: 'error', executorID: 'bench', applicationVersion: '1' });
  await DBOS.launch();
  const result = await closedLoop(task.inFlight, task, async (number) => {
    const handle = await DBOS.startWorkflow(fourSteps, { workflowID: `order-${number}` })(1);
    sameCount('the value of a flow', await handle.getResult(), 5);
  });
  await DBOS.shutdown();
  const client = new Client(url);
  await client.connect();
  const count = async (from: string): Promise<unknown> => (await client.query(`SELECT count(*) AS n FROM dbos.${from}`)).rows[0]?.n;
  sameCount('workflows that succeeded', await count("workflow_status WHERE status = 'SUCCESS'"), result.done);
  sameCount('steps with an outcome', await count('operation_outputs WHERE output IS NOT NULL'), 4 * result.done);
  await client.end();
  return loopAnswer(result);
});
