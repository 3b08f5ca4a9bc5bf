import { Type } from 'typebox';
import { schema } from '../../kernel/schema.ts';
import { assetPath, type Signal } from '../../model/asset.ts';
import { defineOutputConnector, type OutputEvent, type OutputSample } from '../../model/output.ts';
import type { Quality } from '../../model/source.ts';
import { mqttCredentials, openMqttLink, type MqttMessage } from '../mqtt-link.ts';
import { eventMessage } from './event-message.ts';

const options = schema(
  Type.Object(
    {
      url: Type.String({ minLength: 1, description: 'The broker, e.g. mqtt://broker:1883.' }),
      prefix: Type.Optional(Type.String({ pattern: '^[^+#]+$', description: 'What comes before the path of an asset, without its last slash; nothing unless set.' })),
      version: Type.Optional(
        Type.Union([Type.Literal(5), Type.Literal(4)], { description: 'Of MQTT: 5 (unless set), or 4 for brokers of 3.1.1, where an event has its attributes in its payload.' }),
      ),
      credentials: Type.Optional(mqttCredentials),
      clientId: Type.Optional(Type.String({ minLength: 1, description: "Unique at the broker. Usual: lineshaft- and the output's name." })),
      bufferMax: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000, description: 'Events that wait for the broker. Usual: 1000.' })),
    },
    { additionalProperties: false },
  ),
);

interface State {
  readonly value: OutputSample['value'] | null;
  readonly atMs: number;
  readonly quality: Quality;
}

/**
 * A unified namespace over MQTT 5: what each signal is, retained, at `<enterprise>/…/<cell>/state/<signal>`; what has happened, never retained, at
 * `<enterprise>/…/<cell>/event/<contract>`, as a CloudEvent in binary mode with its trace context in the user properties.
 */
export const mqttUns = defineOutputConnector({
  name: 'mqtt-uns',
  title: 'Unified namespace over MQTT',
  options,
  async open({ url, prefix, version = 5, credentials, clientId = '', bufferMax = 1_000 }, signals, ports) {
    const place = (path: string): string => (prefix === undefined ? path : `${prefix}/${path}`);
    const id = clientId === '' ? `lineshaft-${ports.system}` : clientId;
    const online = (value: boolean, atMs: number): MqttMessage => stateMessage(place(`${id}/state/online`), { value, atMs, quality: 'good' });
    const states = new Map<Signal, State>();
    const events = new Map<string, MqttMessage>();
    let isUp = false;
    let isShedding = false;

    const tell = (signal: Signal, state: State): void => {
      states.set(signal, state);
      if (isUp) link.publish(stateMessage(place(`${assetPath(signal.asset)}/state/${signal.of}`), state, signal.type === 'number' ? signal.unit : undefined));
    };
    const send = (event: string, message: MqttMessage): void => link.publish(message, () => void events.delete(event));
    const keep = ({ id: event, body }: OutputEvent): void => {
      const message = eventMessage(body, place, version);
      if (events.size >= bufferMax) {
        if (!isShedding) ports.log(`${ports.system}: more than bufferMax = ${bufferMax} events wait for the broker; the hub has those that go.`);
        isShedding = true;
        events.delete(events.keys().next().value ?? '');
      } else isShedding = false;
      events.set(event, message);
      if (isUp) send(event, message);
    };

    const link = await openMqttLink(
      { url, clientId: id, credentials, clean: true, filters: [], qos: 1, version, will: (atMs) => online(false, atMs) },
      {
        up() {
          isUp = true;
          link.publish(online(true, ports.clock.now()));
          for (const [signal, state] of states) tell(signal, state);
          for (const [event, message] of events) send(event, message);
          ports.log(`${ports.system}: connected.`);
        },
        down(detail) {
          if (isUp) ports.log(`${ports.system}: ${detail}`);
          isUp = false;
        },
        message: () => undefined,
      },
      ports,
    );
    return {
      samples(batch) {
        // What came late is no word on what is true now.
        for (const { signal, value, atMs, quality, historical } of batch) if (!historical) tell(signal, { value, atMs, quality });
      },
      stale(gone, atMs) {
        for (const signal of gone) tell(signal, { value: states.get(signal)?.value ?? null, atMs: Math.max(atMs, states.get(signal)?.atMs ?? 0), quality: 'stale' });
      },
      events: (batch) => batch.forEach(keep),
      close: () => link.close(online(false, ports.clock.now())),
    };
  },
});

/** Retained: whoever comes later learns what is true now. */
function stateMessage(topic: string, { value, atMs, quality }: State, unit?: string): MqttMessage {
  return {
    topic,
    payload: JSON.stringify({ ts: atMs, value, quality, ...(unit !== undefined && { unit }) }),
    qos: 1,
    retain: true,
    properties: { contentType: 'application/json' },
  };
}
