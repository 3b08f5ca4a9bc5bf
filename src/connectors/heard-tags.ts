// Tags that are heard at a broker for a while, each once.
import { Fault } from '../kernel/errors.ts';
import type { ConnectorPorts } from '../model/connector.ts';
import type { FoundTag } from '../model/source.ts';
import { openMqttLink, type MqttLinkOptions, type MqttMessage } from './mqtt-link.ts';

/** Tags that are told at most; a broker may have any number of topics. */
const tagsMax = 100_000;

export interface Ear {
  readonly found: (tag: FoundTag) => void;
  /** Says something, for who has to be asked. */
  readonly say: (message: MqttMessage) => void;
}

/** Each tag that `hear` finds in a message, as soon as it is heard, until the signal. Raises SYSTEM_UNREACHABLE where there was no connection up to then. */
export async function* heardTags(
  options: MqttLinkOptions,
  hear: (topic: string, payload: Buffer, ear: Ear) => void,
  ports: ConnectorPorts,
  signal: AbortSignal,
): AsyncGenerator<FoundTag> {
  const seen = new Set<string>();
  let waiting: FoundTag[] = [];
  let wake = (): void => undefined;
  let trouble = '';
  let isUp = false;
  const ear: Ear = {
    found(tag) {
      if (seen.size >= tagsMax || seen.has(tag.address)) return;
      seen.add(tag.address);
      waiting.push(tag);
      wake();
    },
    say: (message) => link.publish(message),
  };
  const link = await openMqttLink(
    options,
    {
      up: () => void (isUp = true),
      down: (_detail, why) => void (trouble = `${why}.`),
      message: (topic, payload) => hear(topic, payload, ear),
    },
    ports,
  );
  signal.addEventListener('abort', () => wake(), { once: true });
  try {
    while (!signal.aborted || waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      yield* batch;
      if (waiting.length === 0 && !signal.aborted)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
    if (seen.size >= tagsMax) ports.log(`More than ${tagsMax} tags were heard; what is beyond is left out.`);
    if (!isUp) throw new Fault('SYSTEM_UNREACHABLE', trouble === '' ? `The broker of ${ports.system} did not answer in this time.` : trouble);
  } finally {
    await link.close();
  }
}

/** A session of its own, so that a source that runs keeps its. */
export function discoverClientId({ random }: Pick<ConnectorPorts, 'random'>): string {
  return `lineshaft-discover-${Math.floor(random() * 2 ** 32).toString(36)}`;
}
