// What a test or a demo may do to the plant, beside what every counterpart takes.
import { invalid, ok, refused } from '../frame/answer.ts';
import type { Answer } from '../frame/answer.ts';
import { fieldsOf } from '../frame/fields.ts';
import type { Frame } from '../frame/frame.ts';
import type { Call, Route } from '../frame/route.ts';
import type { Broker } from './broker.ts';
import { device, group, node, nodeClientId } from './edge-node.ts';
import type { EdgeNode } from './edge-node.ts';
import { machineNames } from './plant.ts';
import type { Plant } from './plant.ts';

const sparkplugActions = ['birth', 'death', 'device-death', 'skip-seq', 'bad-payload', 'late', 'historical'] as const;
const factorMax = 2;
const historicalAgeMs = 60_000;
const dataTopic = `spBv1.0/${group}/DDATA/${node}/${device}`;
/** Claims a metric of 127 bytes and ends after three. */
const brokenPayload = Buffer.from([0x12, 0x7f, 0x0a, 0x04, 0x52]);

/** `plant` is asked for at each call: the routes exist before the plant does. */
export function plantControls(frame: Frame, broker: Broker, plant: () => Plant): Route[] {
  return [
    { method: 'GET', path: '/_machines', handle: () => ok(plant().show()) },
    { method: 'POST', path: '/_machine', handle: (call) => setMachine(frame, plant(), call) },
    { method: 'POST', path: '/_sparkplug', handle: ({ body }) => sparkplug(broker, plant(), body) },
    { method: 'POST', path: '/_publish', handle: ({ body }) => publish(broker, body) },
    {
      method: 'POST',
      path: '/_disconnect',
      handle: ({ body }) => ok({ disconnected: broker.disconnect(fieldsOf(body, ['clientIdPrefix']).text('clientIdPrefix')) }),
    },
  ];
}

function setMachine(frame: Frame, plant: Plant, call: Call): Answer {
  const fields = fieldsOf(call.body, ['machine', 'factor', 'state', 'order']);
  const name = fields.choice('machine', machineNames);
  const factor = fields.optional('factor', (field) => fields.number(field, 0, factorMax));
  const state = fields.optional('state', fields.text);
  const order = fields.optional('order', fields.text);
  const machine = plant.machine(name);
  if (factor !== undefined) {
    const [before, atMs, keys] = [machine?.factor, Date.now(), [frame.world.order.line, frame.world.order.id]];
    const steps = machine?.pace(factor, atMs) ?? [];
    call.record({ type: 'machine.factor', key: name, keys, data: { machine: name, factor, before } });
    for (const step of steps) call.record({ type: 'machine.state', key: name, keys, data: { machine: name, ...step } });
  }
  machine?.show({ ...(state === undefined ? {} : { state }), ...(order === undefined ? {} : { order }) });
  return ok(plant.show().find((shown) => shown.machine === name));
}

function sparkplug(broker: Broker, plant: Plant, body: unknown): Answer {
  const action = fieldsOf(body, ['action']).choice('action', sparkplugActions);
  const edge = plant.edge;
  if (!edge) throw refused(409, 'NO_SPARKPLUG', 'the package sparkplug-client is not installed');
  act(broker, plant, edge, action);
  return ok({ action });
}

function act(broker: Broker, plant: Plant, edge: EdgeNode, action: (typeof sparkplugActions)[number]): void {
  switch (action) {
    case 'birth':
      return edge.birth();
    case 'death':
      return edge.death();
    case 'device-death':
      return edge.deviceDeath();
    case 'skip-seq':
      return broker.tamper('lose', nodeClientId, dataTopic);
    case 'late':
      return broker.tamper('delay', nodeClientId, dataTopic);
    case 'bad-payload':
      return send(broker, dataTopic, brokenPayload, 0, false);
    case 'historical': {
      const reading = plant.machine(device)?.last;
      return reading && edge.send({ ...reading, ts: reading.ts - historicalAgeMs }, true);
    }
  }
}

function publish(broker: Broker, body: unknown): Answer {
  const fields = fieldsOf(body, ['topic', 'payload', 'payloadBase64', 'qos', 'retain']);
  const topic = fields.text('topic');
  if (/[+#]/.test(topic)) throw invalid('topic', topic, 'a topic without wildcards');
  const text = fields.raw('payload');
  const base64 = fields.optional('payloadBase64', fields.text);
  const payload = base64 === undefined ? Buffer.from(typeof text === 'string' ? text : JSON.stringify(text ?? '')) : Buffer.from(base64, 'base64');
  send(broker, topic, payload, fields.optional('qos', (name) => fields.choice(name, [0, 1])) ?? 1, fields.optional('retain', fields.boolean) ?? false);
  return ok({ topic, bytes: payload.length });
}

function send(broker: Broker, topic: string, payload: Buffer, qos: 0 | 1, retain: boolean): void {
  broker.publish({ topic, payload, qos, retain }).catch((error: unknown) => console.error(error));
}
