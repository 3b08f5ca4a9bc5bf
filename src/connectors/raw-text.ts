import { isUtf8 } from 'node:buffer';

/** How much of a message is kept with its reason. */
const rawMaxBytes = 2_048;

// oxlint-disable-next-line no-control-regex -- a text that is read by people has none of these
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

/** A message as text for the quarantine: readable UTF-8 as it is, anything else in base64; its beginning only where it is long. */
export function rawText(payload: Uint8Array): string {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  const head = bytes.subarray(0, rawMaxBytes);
  const rest = bytes.length > head.length ? `… (${bytes.length} bytes)` : '';
  const text = isUtf8(bytes) ? head.toString('utf8') : undefined;
  return text === undefined || controls.test(text) ? `base64:${head.toString('base64')}${rest}` : text + rest;
}
