// A client of the broker that is not ours: it hears what others hear, and publishes as a machine does.
import { connectAsync } from 'mqtt';

export interface Heard {
  readonly topic: string;
  readonly text: string;
  /** Whether it was kept by the broker from before we came. */
  readonly retained: boolean;
}

export interface ForeignClient extends AsyncDisposable {
  readonly heard: readonly Heard[];
  /** Resolves when the broker has it. */
  publish(topic: string, payload: string, options?: { readonly qos?: 0 | 1; readonly retain?: boolean }): Promise<void>;
}

/** Connected, and listening where a filter is given. */
export async function foreignClient(url: string, filter?: string): Promise<ForeignClient> {
  const client = await connectAsync(url, { protocolVersion: 4, reconnectPeriod: 0 });
  client.on('error', () => undefined); // a broker that was ended is part of some tests
  const heard: Heard[] = [];
  client.on('message', (topic, payload, { retain }) => void heard.push({ topic, text: payload.toString('utf8'), retained: retain }));
  if (filter !== undefined) await client.subscribeAsync(filter, { qos: 1 });
  return {
    heard,
    async publish(topic, payload, { qos = 1, retain = false } = {}) {
      await client.publishAsync(topic, payload, { qos, retain });
    },
    async [Symbol.asyncDispose]() {
      await client.endAsync(true);
    },
  };
}
