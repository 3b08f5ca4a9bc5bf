import type { RawSample } from '../../model/source.ts';
import type { MqttMessage } from '../mqtt-link.ts';

/** What the host application wants done, in this order. */
export type HostOutput =
  | { readonly kind: 'samples'; readonly samples: readonly RawSample[] }
  /** Everything whose address starts with `prefix` is stale since `atMs`. */
  | { readonly kind: 'stale'; readonly prefix: string; readonly atMs: number }
  | { readonly kind: 'quarantine'; readonly address: string; readonly reason: string; readonly bytes: Uint8Array }
  | { readonly kind: 'publish'; readonly message: MqttMessage }
  /** Something that was left alone on purpose, in a sentence. */
  | { readonly kind: 'note'; readonly text: string };
