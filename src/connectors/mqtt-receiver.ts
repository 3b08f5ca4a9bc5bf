import { traceContextOf } from '../kernel/traceparent.ts';
import type { RawSample, SourceSink } from '../model/source.ts';
import { rawText } from './raw-text.ts';
import type { MqttAddress } from './mqtt-address.ts';
import type { MqttSaid } from './mqtt-properties.ts';
import { telemetryOf } from './mqtt-telemetry.ts';

export interface MqttReceiverParts {
  readonly byTopic: ReadonlyMap<string, readonly MqttAddress[]>;
  /** Where in a message its time is, as the parts of a JSON pointer. */
  readonly time: readonly string[];
  readonly samples: (samples: readonly RawSample[]) => void;
  readonly quarantine: SourceSink['quarantine'];
  readonly now: () => number;
}

/** Topics that no signal names are counted; of so many, one message is kept. */
const strangersMax = 1_000;

/** What becomes of a message: samples for the addresses of its topic, and quarantine for what cannot be understood. */
export function mqttReceiver({ byTopic, time, samples, quarantine, now }: MqttReceiverParts) {
  const strangers = new Set<string>();
  return (topic: string, payload: Buffer, said?: MqttSaid): void => {
    const addresses = byTopic.get(topic);
    if (!addresses) {
      const isKnown = strangers.has(topic) || strangers.size >= strangersMax;
      if (!isKnown) strangers.add(topic);
      return quarantine(topic, 'No signal names this topic.', isKnown ? '' : rawText(payload));
    }
    const type = said?.contentType ?? '';
    if (!isJson(type)) return quarantine(topic, `The message says that it is ${JSON.stringify(type.slice(0, 100))}; only JSON is read.`, rawText(payload));
    const told = telemetryOf(topic, payload, addresses, time, now());
    const trace = said && traceContextOf(said.userProperties?.['traceparent'], stateOf(said.userProperties?.['tracestate']));
    if (told.samples.length > 0) samples(trace ? told.samples.map((sample) => ({ ...sample, trace })) : told.samples);
    for (const { address, reason } of told.refused) quarantine(address, reason, rawText(payload));
  };
}

/** Whether a message that says this is read like one that says nothing. */
export function isPlain({ contentType = '', userProperties }: MqttSaid): boolean {
  return isJson(contentType) && userProperties?.['traceparent'] === undefined;
}

/** What does not say what it is, is taken for what it turns out to be; so is text, which many call JSON. */
function isJson(type: string): boolean {
  return type === '' || /^(?:application\/(?:[\w.+-]+\+)?json|text\/(?:plain|json))\s*(?:;|$)/i.test(type);
}

/** A list that came in parts is one list (W3C Trace Context §3.3.1). */
function stateOf(told: string | readonly string[] | undefined): string | undefined {
  return typeof told === 'object' ? told.join(',') : told;
}
