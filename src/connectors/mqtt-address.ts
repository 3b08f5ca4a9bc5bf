import { Fault } from '../kernel/errors.ts';
import { jsonPointer } from '../kernel/json-pointer.ts';

/** Where one value is: an exact topic and a place in its JSON. */
export interface MqttAddress {
  /** As the landscape writes it: `topic#/json/pointer`. */
  readonly text: string;
  readonly topic: string;
  readonly pointer: readonly string[];
}

/** Raises LANDSCAPE_INVALID where the text is not `topic#/json/pointer` with an exact topic. */
export function mqttAddress(text: string): MqttAddress {
  const cut = text.indexOf('#');
  const topic = text.slice(0, Math.max(cut, 0));
  const pointer = cut < 0 ? undefined : jsonPointer(text.slice(cut + 1));
  if (topic === '' || topic.includes('+') || topic.includes('\0') || !pointer) {
    throw new Fault('LANDSCAPE_INVALID', `The address ${JSON.stringify(text)} is not an exact topic, "#" and a JSON pointer, e.g. "acme/bremen/line-1/packer-3/telemetry#/rate".`, {
      address: text,
    });
  }
  return { text, topic, pointer };
}
