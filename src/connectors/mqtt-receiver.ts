import type { RawSample, SourceSink } from '../model/source.ts';
import { rawText } from './raw-text.ts';
import type { MqttAddress } from './mqtt-address.ts';
import { telemetryOf } from './mqtt-telemetry.ts';

export interface MqttReceiverParts {
  readonly byTopic: ReadonlyMap<string, readonly MqttAddress[]>;
  /** Where in a message its time is, as the parts of a JSON pointer. */
  readonly time: readonly string[];
  readonly samples: (samples: readonly RawSample[]) => void;
  readonly quarantine: SourceSink['quarantine'];
  readonly now: () => number;
}

/** Topics that no signal names are reported once each, up to this many. */
const strangersMax = 1_000;

/** What becomes of a message: samples for the addresses of its topic, and quarantine for what cannot be understood. */
export function mqttReceiver({ byTopic, time, samples, quarantine, now }: MqttReceiverParts): (topic: string, payload: Buffer) => void {
  const strangers = new Set<string>();
  return (topic, payload) => {
    const addresses = byTopic.get(topic);
    if (!addresses) {
      if (strangers.has(topic) || strangers.size >= strangersMax) return;
      strangers.add(topic);
      return quarantine(topic, 'No signal names this topic.', rawText(payload));
    }
    const told = telemetryOf(topic, payload, addresses, time, now());
    if (told.samples.length > 0) samples(told.samples);
    for (const { address, reason } of told.refused) quarantine(address, reason, rawText(payload));
  };
}
