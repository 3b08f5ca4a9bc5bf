// Restate in F1 and F2: an invocation of four named durable steps under an idempotency key of its own, on Restate's own server.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { peerPackage } from './cache.ts';
import { side, type Task } from './child-side.ts';
import { closedLoop } from './closed-loop.ts';
import { loopAnswer, sameCount } from './four-steps-answer.ts';
import { freePort } from './free-port.ts';

const serverPackage = `@restatedev/restate-server-${process.platform}-${process.arch}`;
const readyMaxMs = 60_000;

interface Restate {
  readonly ingress: number;
  readonly admin: number;
}

await side(async (task, opened) => {
  const restate = await startServer(task, opened);
  const servicePort = await startService(opened);
  await ask(restate.admin, '/deployments', { uri: `http://127.0.0.1:${servicePort}` });
  const agent = new Agent({ keepAlive: true, maxSockets: task.inFlight });
  opened.defer(() => agent.destroy());
  const result = await closedLoop(task.inFlight, task, async (number) => {
    sameCount('the value of a flow', await post(agent, restate.ingress, `order-${number}`), 5);
  });
  const count = async (sql: string): Promise<unknown> => {
    const answer = await ask(restate.admin, '/query', { query: `SELECT count(*) AS n FROM ${sql}` });
    // The admin API's shape for that query.
    return (answer as { readonly rows: readonly { readonly n: number }[] }).rows[0]?.n;
  };
  sameCount('invocations that succeeded', await count("sys_invocation WHERE status = 'completed' AND completion_result = 'success'"), result.done);
  sameCount('steps with an outcome', await count("sys_journal WHERE entry_type = 'Notification: Run'"), 4 * result.done);
  return loopAnswer(result);
});

/** The server with its own logging off and no calls home. */
async function startServer(task: Task, opened: AsyncDisposableStack): Promise<Restate> {
  const [ingress, admin, node] = [await freePort(), await freePort(), await freePort()];
  const binary = join(peerPackage('restate', serverPackage), 'bin', 'restate-server');
  const server = spawn(binary, ['--base-dir', join(task.folder, 'restate'), '--listen-mode', 'tcp', '--no-logo', '--bind-address', `127.0.0.1:${node}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      RESTATE_LOG_FILTER: 'error',
      RESTATE_DISABLE_TELEMETRY: 'true',
      DO_NOT_TRACK: '1',
      RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
      RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
    },
  });
  const ended = once(server, 'close');
  opened.defer(async () => {
    server.kill('SIGKILL');
    await ended;
  });
  let log = '';
  server.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-4_000);
  });
  const healthy = async (url: string): Promise<boolean> =>
    fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
  for (const until = performance.now() + readyMaxMs; ; await new Promise((resolve) => setTimeout(resolve, 20))) {
    if ((await healthy(`http://127.0.0.1:${admin}/health`)) && (await healthy(`http://127.0.0.1:${ingress}/restate/health`))) return { ingress, admin };
    if (server.exitCode !== null || performance.now() > until) throw new Error(`the Restate server did not start: ${log}`);
  }
}

/** The service in a process of its own, as it is run in practice; gives its port. */
async function startService(opened: AsyncDisposableStack): Promise<number> {
  const port = await freePort();
  const service = fork(fileURLToPath(new URL('restate-service.ts', import.meta.url)), [String(port)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  const ended = once(service, 'close');
  opened.defer(async () => {
    service.kill('SIGKILL');
    await ended;
  });
  await Promise.race([once(service, 'message'), ended.then(() => Promise.reject(new Error('the Restate service did not start')))]);
  return port;
}

async function ask(port: number, path: string, body: object): Promise<unknown> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** One invocation, awaited, by node:http: undici's fetch would cost the peer more. */
function post(agent: Agent, port: number, key: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    const asked = request({ agent, port, host: '127.0.0.1', path: '/four-steps/run', method: 'POST', headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      answer.on('end', () => (answer.statusCode === 200 ? resolve(Number(text)) : reject(new Error(`${answer.statusCode} ${text}`))));
    });
    asked.on('error', reject);
    asked.end('1');
  });
}
