// MEM: hub and edge of the example landscape, connected and idle; what the system says that each holds.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openBroker } from './broker.ts';
import { side } from './child-side.ts';
import { fileOf, openSupervisor } from './landscape-processes.ts';
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
  const children = openSupervisor(opened, task.folder);
  const hub = await children.start({ name: 'hub', command: 'hub', args: [...shared, '--port', '0'], environment: variables });
  await children.start({ name: 'edge-1', command: 'edge', args: [...shared, '--hub', String(hub['url'])], environment: variables });
  await broker.subscribed;
  await new Promise((resolve) => setTimeout(resolve, task.measureMs));
  return { values: { hub: residentMb(children.pid('hub') ?? 0), edge: residentMb(children.pid('edge-1') ?? 0) } };
});
