// The STATE messages by which a host application says whether it is there (Sparkplug 3.0 §6.4.21).
import type { MqttMessage } from '../mqtt-link.ts';
import { namespace } from './topic.ts';

export function stateTopic(hostId: string): string {
  return `${namespace}/STATE/${hostId}`;
}

/** `timestampMs` of will and birth is that of the CONNECT; of a death before a clean disconnect, the time of the disconnect. */
export function stateMessage(hostId: string, online: boolean, timestampMs: number): MqttMessage {
  return { topic: stateTopic(hostId), payload: JSON.stringify({ online, timestamp: timestampMs }), qos: 1, retain: true };
}

/** What a STATE message says, or undefined where it is none. */
export function stateIn(payload: Uint8Array): { readonly online: boolean; readonly timestamp: number } | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('utf8'));
    if (typeof value !== 'object' || value === null || !('online' in value) || !('timestamp' in value)) return undefined;
    const { online, timestamp } = value;
    return typeof online === 'boolean' && typeof timestamp === 'number' ? { online, timestamp } : undefined;
  } catch {
    // Not JSON, so it says nothing; the caller quarantines it.
    return undefined;
  }
}
