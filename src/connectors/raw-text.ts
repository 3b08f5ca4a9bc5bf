import { isUtf8 } from 'node:buffer';

/** How much of a message is kept with its reason. */
const rawMaxBytes = 2_048;

/** A message as text for the quarantine: UTF-8 as it is, anything else in base64; its beginning only where it is long. */
export function rawText(payload: Uint8Array): string {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  const head = bytes.subarray(0, rawMaxBytes);
  const rest = bytes.length > head.length ? `… (${bytes.length} bytes)` : '';
  return isUtf8(bytes) ? head.toString('utf8') + rest : `base64:${head.toString('base64')}${rest}`;
}
