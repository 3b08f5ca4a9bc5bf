import { Type } from 'typebox';
import { schema } from '../../kernel/schema.ts';
import type { ConnectorPorts } from '../../model/connector.ts';
import { defineSourceConnector, type SourceSink } from '../../model/source.ts';
import { discoverClientId, heardTags } from '../heard-tags.ts';
import { mqttCredentials, openMqttLink, type MqttLink } from '../mqtt-link.ts';
import { mqttKept } from '../mqtt-kept.ts';
import { rawText } from '../raw-text.ts';
import { bornTags } from './born-tags.ts';
import { sparkplugControl, unwritable } from './control.ts';
import type { HostOutput } from './host-output.ts';
import { SparkplugHost } from './host.ts';
import { namespace } from './topic.ts';
import { sparkplugAddress } from './address.ts';

const id = { minLength: 1, maxLength: 256, pattern: '^[^/+#]+$' };
const options = schema(
  Type.Object(
    {
      url: Type.String({ description: 'Address of the broker, e.g. mqtt://broker:1883 or mqtts://broker:8883.' }),
      hostId: Type.String({ ...id, description: 'Our Sparkplug host id; edge nodes may wait for its STATE. Unique at the broker.' }),
      groups: Type.Optional(Type.Array(Type.String(id), { minItems: 1, maxItems: 1_000, description: 'Group ids to listen to. Usual: those that the signals name.' })),
      reorderTimeoutMs: Type.Optional(
        Type.Integer({ minimum: 0, maximum: 600_000, description: 'How long a missing message is waited for before a rebirth is requested. Usual: 2000.' }),
      ),
      rebirthEveryMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 3_600_000, description: 'At most one rebirth request per edge node in this time. Usual: 5000.' })),
      clientId: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'Usual: "lineshaft-", the name of the source and the host id.' })),
      credentials: Type.Optional(mqttCredentials),
    },
    { additionalProperties: false },
  ),
);

/**
 * Sparkplug B 3.0 as a host application, over MQTT 3.1.1. An address is `group/node/device/Metric Name`, or
 * `group/node//Metric Name` for a metric of the edge node itself. Values come at the metric's own time; a lost message makes
 * them uncertain until the rebirth that is requested; a death makes them stale.
 */
export const sparkplug = defineSourceConnector({
  name: 'sparkplug',
  title: 'Sparkplug B 3.0 host application',
  options,
  // Data should be reported by exception (Sparkplug 3.0, tck-id-principles-rbe-recommended).
  changesWithinMs: ({ reorderTimeoutMs = 2_000 }) => reorderTimeoutMs + 1_000,
  checkAddress: (text) => void sparkplugAddress(text),
  async open({ url, hostId, groups, reorderTimeoutMs = 2_000, rebirthEveryMs = 5_000, clientId, credentials }, addresses, sink, ports) {
    const host = new SparkplugHost({ hostId, addresses, groups, reorderTimeoutMs, rebirthEveryMs });
    const now = (): number => ports.clock.now();
    let cancel = (): void => undefined;
    let alarmMs: number | undefined;

    function act(outputs: readonly HostOutput[]): void {
      for (const output of outputs) carryOut(output, link, sink, ports);
      const nextMs = host.nextAtMs();
      if (nextMs === alarmMs) return;
      cancel();
      alarmMs = nextMs;
      if (nextMs !== undefined)
        cancel = ports.clock.at(nextMs, () => {
          alarmMs = undefined;
          act(host.tick(now()));
        });
    }

    /** When the bytes came that are being read: one moment for all of them. */
    let readMs: number | undefined;
    const readNow = (): number => (readMs ??= now());

    // The host's own time does not change by them.
    function tellNumbers(): void {
      if (host.columns.count > 0) sink.numbers?.(host.columns);
      host.handedOn();
    }
    function tellDue(): void {
      if (host.isDue) tellNumbers();
    }

    const kept = mqttKept(addresses, false, sink, ports);
    const link = await openMqttLink(
      { url, clientId: clientId ?? `lineshaft-${ports.system}-${hostId}`, credentials, clean: true, filters: host.filters, qos: 1, will: (connectMs) => host.will(connectMs) },
      {
        up(connectMs) {
          link.publish(host.birth(connectMs), () => {
            act(host.announced(now()));
            sink.connected(true, `Host application ${hostId} is online.`);
          });
        },
        down(detail) {
          host.disconnected();
          act([]);
          kept.down();
          sink.connected(false, detail);
        },
        session: kept.session,
        message(topic, payload) {
          if (sink.numbers && host.numbers(topic, payload, readNow())) return tellDue();
          tellNumbers();
          act(host.message(topic, payload, readNow()));
        },
        ...(sink.numbers && {
          inPlace(bytes: Buffer, topicAt: number, topicEnd: number, payloadAt: number, end: number) {
            const isTaken = host.numbersIn(bytes, topicAt, topicEnd, payloadAt, end, readNow());
            if (isTaken) tellDue();
            return isTaken;
          },
        }),
        settle() {
          tellNumbers();
          readMs = undefined;
        },
      },
      ports,
    );
    return {
      control: sparkplugControl(host, link, ports.clock),
      async close() {
        host.disconnected();
        act([]);
        await link.close(host.farewell(now()));
      },
    };
  },
  unwritable,
  async *discover({ url, groups = ['+'], credentials }, ports, signal) {
    const link = { url, clientId: discoverClientId(ports), credentials, clean: true, filters: groups.map((group) => `${namespace}/${group}/#`), qos: 0 } as const;
    yield* heardTags(link, bornTags(ports), ports, signal);
  },
});

function carryOut(output: HostOutput, link: MqttLink, sink: SourceSink, ports: ConnectorPorts): void {
  switch (output.kind) {
    case 'samples':
      return sink.samples(output.samples);
    case 'stale':
      return sink.stale(output.prefix, output.atMs);
    case 'quarantine':
      return sink.quarantine(output.address, output.reason, rawText(output.bytes));
    case 'publish':
      return link.publish(output.message);
    case 'note':
      return ports.log(output.text);
  }
}
