// What a broker's publishers say, heard for a while: a tag for each scalar of each JSON message.
import { isUtf8 } from 'node:buffer';
import type { ConnectorPorts } from '../../model/connector.ts';
import type { FoundTag } from '../../model/source.ts';
import { heardTags } from '../heard-tags.ts';
import type { MqttLinkOptions } from '../mqtt-link.ts';
import { payloadMax } from '../mqtt-telemetry.ts';

const depthMax = 8;
const listMax = 32;
const sparkplugNamespace = 'spBv1.0';

/** Each tag once, as soon as it is heard, until the signal. What a message is not is a note of its topic. */
export function overheard(link: MqttLinkOptions, timestamp: string, ports: ConnectorPorts, signal: AbortSignal): AsyncGenerator<FoundTag> {
  return heardTags(link, (topic, payload, { found }) => tagsIn(topic, payload, timestamp).forEach(found), ports, signal);
}

/** The tags of one message. */
export function tagsIn(topic: string, payload: Buffer, timestamp: string): readonly FoundTag[] {
  const path = topic.split('/').filter((level) => level !== '');
  const note = (text: string): readonly FoundTag[] => [{ address: `${topic}#`, path, note: text }];
  if (path[0] === sparkplugNamespace) return note('Sparkplug B: look again with --sparkplug, and declare its edge node as a source of the connector "sparkplug".');
  if (payload.length > payloadMax) return note(`The message has ${payload.length} bytes; at most ${payloadMax} are read.`);
  if (!isUtf8(payload)) return note('The message is not UTF-8 text.');
  let document: unknown;
  try {
    document = JSON.parse(payload.toString('utf8'));
  } catch {
    // What a payload is not is the note; its parser's words would tell nothing more.
    return note('The message is not JSON.');
  }
  const isTimed = typeof document === 'object' && document !== null && Object.hasOwn(document, timestamp.slice(1));
  return [...leaves(document, '', [], timestamp)].map(({ pointer, names, type }) => ({
    address: `${topic}#${pointer}`,
    path: [...path, ...names],
    ...(type && { type }),
    ...(!isTimed && { note: `The message has no time at ${timestamp}; say in the option "timestamp" where it is.` }),
  }));
}

interface Leaf {
  readonly pointer: string;
  readonly names: readonly string[];
  readonly type: FoundTag['type'];
}

function* leaves(value: unknown, pointer: string, names: readonly string[], timestamp: string): Generator<Leaf> {
  if (pointer === timestamp || names.length > depthMax) return;
  if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value).slice(0, Array.isArray(value) ? listMax : undefined))
      yield* leaves(inner, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, [...names, name], timestamp);
    return;
  }
  yield { pointer, names, type: typeof value === 'number' ? 'number' : typeof value === 'boolean' ? 'boolean' : typeof value === 'string' ? 'text' : undefined };
}
