import type { EventRecord } from './store.ts';

// The signature of an event shares a column with its trace: a column of its own would be written for each event of every log.

const signed = /^(.*) ed25519:([A-Za-z0-9_-]{43}):([A-Za-z0-9_-]{86})$/s;

/** The trace, and behind it the signature, as they are stored; undefined for neither. */
export function attributesText({ traceparent, signed: by }: Pick<EventRecord, 'traceparent' | 'signed'>): string | undefined {
  return by === undefined ? traceparent : `${traceparent ?? ''} ed25519:${by.key}:${by.signature}`;
}

export function attributesOf(text: string | undefined): Pick<EventRecord, 'traceparent' | 'signed'> {
  const [, traceparent, key, signature] = signed.exec(text ?? '') ?? [];
  if (key === undefined || signature === undefined) return { traceparent: text };
  return { traceparent: traceparent === '' ? undefined : traceparent, signed: { key, signature } };
}
