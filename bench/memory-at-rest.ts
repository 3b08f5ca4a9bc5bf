// MEM: hub and edge of the example landscape, connected and idle; what the system says that each holds.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openBroker } from './broker.ts';
import { side } from './child-side.ts';
import { fileOf, startProcess } from './landscape-processes.ts';
import { residentMb } from './process-tree.ts';

/** Nobody is asked anything at rest, so that nobody has to be there. */
const nowhere = 'http://127.0.0.1:9';
const systems = ['ERP', 'MES', 'WMS', 'TMS', 'CMMS', 'SUPPLIER'];
const secrets = ['ERP_TOKEN', 'MES_TOKEN', 'WMS_TOKEN', 'TMS_CLIENT_SECRET', 'CMMS_TOKEN', 'SUPPLIER_TOKEN', 'SUPPLIER_WEBHOOK_SECRET', 'TMS_WEBHOOK_SECRET', 'MES_WEBHOOK_SECRET'];

await side(async (task, opened) => {
  const broker = await openBroker(opened);
  const secretsFile = join(task.folder, 'secrets.json');
  await writeFile(secretsFile, JSON.stringify(Object.fromEntries(secrets.map((name) => [name, 'not used at rest']))));
  const landscape = 'examples/packaging-plant';
  const shared = ['--landscape', fileOf(landscape), '--env', fileOf(`${landscape}/environments/demo.yaml`), '--secrets', secretsFile, '--data', task.folder];
  const variables = { ...Object.fromEntries(systems.map((name) => [`${name}_URL`, nowhere])), MQTT_URL: broker.url, SMTP_URL: 'smtp://127.0.0.1:9' };
  const hub = await startProcess(opened, 'src/cli.ts', ['hub', ...shared, '--port', '0'], variables);
  const edge = await startProcess(opened, 'src/cli.ts', ['edge', ...shared, '--hub', String(hub.said['url'])], variables);
  await broker.subscribed;
  await new Promise((resolve) => setTimeout(resolve, task.measureMs));
  return { values: { hub: residentMb(hub.pid), edge: residentMb(edge.pid) } };
});
