// One JSON message from the floor, taken apart: a sample for each address that finds its value, a reason for each that does not.
import { isUtf8 } from 'node:buffer';
import type { RawSample } from '../model/source.ts';
import { instantOf } from './source-instant.ts';
import type { MqttAddress } from './mqtt-address.ts';
import { pointedAt } from '../kernel/json-pointer.ts';

export interface Telemetry {
  readonly samples: readonly RawSample[];
  readonly refused: readonly { readonly address: string; readonly reason: string }[];
}

/** Larger messages are not parsed. Bytes. */
export const payloadMax = 65_536;
/** `addresses` are those of one topic; a fault of the message as a whole is refused once, under that topic. */
export function telemetryOf(topic: string, payload: Buffer, addresses: readonly MqttAddress[], timestamp: readonly string[], nowMs: number): Telemetry {
  const refusal = (reason: string): Telemetry => ({ samples: [], refused: [{ address: topic, reason }] });
  if (payload.length > payloadMax) return refusal(`The message has ${payload.length} bytes; at most ${payloadMax} are read.`);
  const document = documentOf(payload);
  if ('reason' in document) return refusal(document.reason);
  const at = instantOf(pointedAt(document.value, timestamp), nowMs);
  if (typeof at === 'string') return refusal(`The timestamp at /${timestamp.join('/')} ${at}.`);
  const samples: RawSample[] = [];
  const refused: { address: string; reason: string }[] = [];
  for (const { text, pointer } of addresses) {
    const value = pointedAt(document.value, pointer);
    if (isScalar(value)) samples.push({ address: text, value, atMs: at, quality: 'good' });
    else
      refused.push({
        address: text,
        reason:
          value === undefined ? 'The message has nothing there.' : `There is ${Array.isArray(value) ? 'a list' : 'an object'} where a number, text or truth value is expected.`,
      });
  }
  return { samples, refused };
}

function documentOf(payload: Buffer): { readonly value: unknown } | { readonly reason: string } {
  if (!isUtf8(payload)) return { reason: 'The message is not UTF-8 text.' };
  try {
    const value: unknown = JSON.parse(payload.toString('utf8'));
    return { value };
  } catch (error) {
    return { reason: `The message is not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}

export function isScalar(value: unknown): value is number | string | boolean | null {
  return value === null || typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean';
}
