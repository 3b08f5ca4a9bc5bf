// What comes by MQTT as JSON, on its way into the edge: all of one read at once, in the order in which it came.
import type { RawSample, SourceSink } from '../model/source.ts';
import { mqttAddress } from './mqtt-address.ts';
import type { MqttListener } from './mqtt-link.ts';
import { mqttNumbers } from './mqtt-numbers.ts';
import { mqttReceiver } from './mqtt-receiver.ts';

export interface MqttInletParts {
  readonly addresses: readonly string[];
  /** Where in a message its time is, as the parts of a JSON pointer. */
  readonly time: readonly string[];
  readonly sink: Pick<SourceSink, 'samples' | 'numbers' | 'quarantine'>;
  readonly now: () => number;
}

export interface MqttInlet extends Pick<MqttListener, 'message' | 'inPlace'> {
  /** All of one read was handed over. */
  settle(): void;
  readonly topics: readonly string[];
}

/** Raises LANDSCAPE_INVALID where an address is none. */
export function mqttInlet({ addresses, time, sink, now }: MqttInletParts): MqttInlet {
  const byTopic = Map.groupBy(addresses.map(mqttAddress), ({ topic }) => topic);
  const fast = sink.numbers && mqttNumbers({ addresses, byTopic, time });
  // Never both: what came before is told before the other begins.
  let batch: RawSample[] = [];
  let readMs: number | undefined;
  const readNow = (): number => (readMs ??= now());
  const receive = mqttReceiver({ byTopic, time, samples: (samples) => void batch.push(...samples), quarantine: sink.quarantine, now: readNow });

  function tellSamples(): void {
    if (batch.length === 0) return;
    const taken = batch;
    batch = [];
    sink.samples(taken);
  }

  function tellNumbers(): void {
    if (!fast || fast.columns.count === 0) return;
    sink.numbers?.(fast.columns);
    fast.columns.count = 0;
  }

  return {
    topics: [...byTopic.keys()],
    message(topic, payload, said) {
      tellNumbers();
      receive(topic, payload, said);
    },
    ...(fast && {
      inPlace(bytes: Buffer, topicAt: number, topicEnd: number, payloadAt: number, end: number) {
        if (!fast.take(bytes, topicAt, topicEnd, payloadAt, end, readNow())) return false;
        tellSamples();
        if (fast.isDue()) tellNumbers();
        return true;
      },
    }),
    settle() {
      tellNumbers();
      tellSamples();
      readMs = undefined;
    },
  };
}
