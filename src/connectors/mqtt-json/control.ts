import { Fault } from '../../kernel/errors.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { SourceControl } from '../../model/source.ts';
import { mqttAddress } from '../mqtt-address.ts';
import type { MqttLink } from '../mqtt-link.ts';
import { sent } from '../mqtt-sent.ts';

/** Why an address cannot be written. */
export function unwritable(text: string): string | undefined {
  try {
    return mqttAddress(text).pointer.length === 0 ? 'a command is an object, so the value needs a place in it, e.g. "#/value"' : undefined;
  } catch (error) {
    if (error instanceof Fault) return error.message;
    throw error;
  }
}

/**
 * Writes by a message: `{ <the value at its pointer>, "id", "deadline" }`, never retained and at QoS 0, so that no broker keeps it for
 * a machine that is away and brings it late; `deadline`, epoch milliseconds, is for one that does, and
 * with MQTT 5 its expiry. Nothing answers: a signal has to confirm it.
 */
export function mqttControl(link: MqttLink, isUp: () => boolean, clock: Clock): SourceControl {
  return {
    async write(text, value, { id, deadlineMs }) {
      const { topic, pointer } = mqttAddress(text);
      if (!isUp()) return { kind: 'unreachable', reason: 'The broker is not connected.' };
      const payload = JSON.stringify({ ...placed(pointer, value), id, deadline: Math.floor(deadlineMs) });
      const messageExpiryInterval = Math.max(1, Math.ceil((deadlineMs - clock.now()) / 1_000));
      return sent(link, { topic, payload, qos: 0, retain: false, properties: { contentType: 'application/json', messageExpiryInterval } }, clock);
    },
  };
}

function placed([first = '', ...rest]: readonly string[], value: number | string | boolean): Readonly<Record<string, unknown>> {
  return { [first]: rest.length === 0 ? value : placed(rest, value) };
}
