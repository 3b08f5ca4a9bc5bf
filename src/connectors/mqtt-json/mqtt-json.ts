import { Type } from 'typebox';
import { Fault } from '../../kernel/errors.ts';
import { schema } from '../../kernel/schema.ts';
import { defineSourceConnector } from '../../model/source.ts';
import { discoverClientId } from '../heard-tags.ts';
import { mqttCredentials, mqttVersion, openMqttLink } from '../mqtt-link.ts';
import { mqttControl, unwritable } from './control.ts';
import { overheard } from './overheard.ts';
import { jsonPointer } from '../../kernel/json-pointer.ts';
import { mqttKept } from '../mqtt-kept.ts';
import { mqttInlet } from '../mqtt-inlet.ts';
import { mqttAddress } from '../mqtt-address.ts';

const options = schema(
  Type.Object(
    {
      url: Type.String({ description: 'Address of the broker, e.g. mqtt://broker:1883 or mqtts://broker:8883.' }),
      clientId: Type.Optional(
        Type.String({
          minLength: 1,
          maxLength: 128,
          description: 'Stable and unique at the broker, since its session is kept under it. Usual: "lineshaft-" and the name of the source.',
        }),
      ),
      version: Type.Optional({
        ...mqttVersion,
        description: 'Of MQTT: 4, which is 3.1.1 (unless set), or 5, where messages carry their trace context and type, and the broker says why it refuses.',
      }),
      credentials: Type.Optional(mqttCredentials),
      topics: Type.Optional(
        Type.Array(Type.String({ minLength: 1 }), { minItems: 1, maxItems: 1_000, description: 'Subscription filters. Usual: the topics that the signals name.' }),
      ),
      qos: Type.Optional(Type.Union([Type.Literal(0), Type.Literal(1)], { description: 'Usual: 1, so that the broker keeps what comes while the edge is away.' })),
      timestamp: Type.Optional(Type.String({ description: 'JSON pointer to the time of the measurement, epoch milliseconds or RFC 3339. Usual: "/ts".' })),
    },
    { additionalProperties: false },
  ),
);

/**
 * Plain JSON over MQTT 3.1.1 or 5. An address is an exact topic and a place in its JSON, `topic#/json/pointer`; a message gives
 * a sample for each address of its topic, all at the message's own time. What cannot be understood is quarantined with its reason.
 */
export const mqttJson = defineSourceConnector({
  name: 'mqtt-json',
  title: 'JSON over MQTT',
  options,
  checkAddress: (text) => void mqttAddress(text),
  async open({ url, clientId, version = 4, credentials, topics, qos = 1, timestamp = '/ts' }, addresses, sink, ports) {
    const time = jsonPointer(timestamp);
    if (!time)
      throw new Fault('ENVIRONMENT_INVALID', `The option "timestamp" of ${ports.system} is ${JSON.stringify(timestamp)}, which is not a JSON pointer such as "/ts".`, {
        timestamp,
      });
    const { topics: named, ...inlet } = mqttInlet({ addresses, time, sink, now: () => ports.clock.now() });
    const { place, down, ...kept } = mqttKept(addresses, qos === 1, sink, ports);
    let isUp = false;
    const link = await openMqttLink(
      { url, clientId: clientId ?? `lineshaft-${ports.system}`, credentials, clean: false, filters: topics ?? named, qos, version },
      {
        up() {
          isUp = true;
          sink.connected(true, `Listening to ${named.length} topics.`);
        },
        down(detail) {
          isUp = false;
          down();
          sink.connected(false, detail);
        },
        ...kept,
        ...inlet,
      },
      ports,
    );
    return {
      control: mqttControl(link, () => isUp, ports.clock),
      place,
      close: () => link.close(),
    };
  },
  unwritable,
  async *discover({ url, version = 4, credentials, topics = ['#'], timestamp = '/ts' }, ports, signal) {
    yield* overheard({ url, clientId: discoverClientId(ports), credentials, clean: true, filters: topics, qos: 0, version }, timestamp, ports, signal);
  },
});
