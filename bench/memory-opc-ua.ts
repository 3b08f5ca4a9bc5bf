// MEMOPC: an edge as the command starts it, with a session and a subscription on a hundred nodes of an OPC UA server that says ten values a second of each.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startOpcUa } from '../test/opc-ua-process.ts';
import { side } from './child-side.ts';
import { fileOf, openSupervisor } from './landscape-processes.ts';
import { residentMb } from './process-tree.ts';

const patienceMs = 30_000;

await side(async (task, opened) => {
  const server = opened.use(await startOpcUa('--items', '100', '--every', '100'));
  const environment = join(task.folder, 'environment.json');
  await writeFile(environment, JSON.stringify({ sources: { machine: { url: server.url, security: 'none' } } }));
  const children = openSupervisor(opened, task.folder);
  const args = ['--landscape', fileOf('bench/opc-ua-landscape'), '--env', environment, '--data', task.folder, '--hub', 'http://127.0.0.1:9', '--key', 'none'];
  await children.start({ name: 'edge-1', command: 'edge', args });
  const subscriptions = async (): Promise<number> => {
    // The test server's own answer.
    const { subscriptions: count } = (await server.ask({ do: 'sessions' })) as { readonly subscriptions: number };
    return count;
  };
  for (const until = performance.now() + patienceMs; (await subscriptions()) < 1; await new Promise((resolve) => setTimeout(resolve, 100))) {
    if (performance.now() > until) throw new Error('the edge has opened no subscription');
  }
  let most = 0;
  for (const until = performance.now() + 4 * task.measureMs; performance.now() < until; await new Promise((resolve) => setTimeout(resolve, 250))) {
    most = Math.max(most, residentMb(children.pid('edge-1') ?? 0));
  }
  return { values: { edge: most } };
});
