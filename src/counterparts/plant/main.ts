import type { Frame } from '../frame/frame.ts';
import { runProcess, wholeNumber } from '../frame/process.ts';
import { counterpart } from '../frame/server.ts';
import { openBroker } from './broker.ts';
import { plantControls } from './controls.ts';
import { openPlant } from './plant.ts';
import type { Plant } from './plant.ts';

await runProcess('plant', ['mqtt-port', 'interval-ms', 'neighbours-ms', 'opc-ua'], async ({ port, seed, epochMs, tokens, extra }) => {
  const mqttPort = wholeNumber('mqtt-port', extra.get('mqtt-port')?.[0] ?? '0', 65_535);
  const msOf = (name: string, usual: string) => Math.max(1, wholeNumber(name, extra.get(name)?.[0] ?? usual, 3_600_000));
  const intervalMs = msOf('interval-ms', '100');
  const neighboursMs = msOf('neighbours-ms', String(intervalMs));
  const broker = await openBroker(mqttPort);
  const [opcUaFolder] = extra.get('opc-ua') ?? [];
  // Loaded only where it is wanted: it is a large package.
  const packer = opcUaFolder === undefined ? undefined : await (await import('./opc-ua-packer.ts')).opcUaPacker({ folder: opcUaFolder, tokens });
  const opened: Plant[] = [];
  const thePlant = () => {
    const [plant] = opened;
    if (!plant) throw new Error('the plant is opened before it listens');
    return plant;
  };
  const systemOf = (frame: Frame) => ({ routes: [], controls: plantControls(frame, broker, thePlant), stats: () => ({ published: broker.published() }) });
  const http = counterpart({ name: 'plant', seed, epochMs, tokens, build: systemOf });
  const plant = await openPlant(http.frame, broker, { intervalMs, neighboursMs, packer });
  opened.push(plant);
  const url = await http.listen(port);
  return {
    ready: { url, mqtt: `mqtt://127.0.0.1:${broker.port}`, sparkplug: plant.sparkplug, ...(packer && { opcUa: { url: packer.url, certificate: packer.certificate } }) },
    async [Symbol.asyncDispose]() {
      await http[Symbol.asyncDispose]();
      await plant[Symbol.asyncDispose]();
      await broker.close();
    },
  };
});
