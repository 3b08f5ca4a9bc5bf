// The "compressed" envelope of the Eclipse Tahu clients: not in the specification, but on the wire.
import { gunzipSync, inflateSync } from 'node:zlib';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { decode, payloadMax } from './decode.ts';
import type { Payload } from './payload.ts';

const envelope = 'SPBV1.0_COMPRESSED';

/** The payload in its envelope, if it has one. Raises PROTOCOL_VIOLATED where that cannot be opened within `payloadMax`. */
export function opened(payload: Payload): Payload {
  if (payload.uuid !== envelope) return payload;
  const algorithm = payload.metrics.find(({ name }) => name === 'algorithm')?.value?.value ?? 'DEFLATE';
  const inflate = algorithm === 'GZIP' ? gunzipSync : inflateSync;
  return decode(inflated(() => inflate(payload.body ?? new Uint8Array(), { maxOutputLength: payloadMax })));
}

function inflated(inflate: () => Buffer): Buffer {
  try {
    return inflate();
  } catch (error) {
    throw new Fault('PROTOCOL_VIOLATED', `The compressed Sparkplug payload cannot be opened: ${messageOf(error)}.`, {}, error);
  }
}
