import { Agent, request } from 'node:http';

/** Posts batches of CloudEvents to a hub. */
export interface BatchSender {
  /** Raises where anything of the batch was not taken anew. */
  send(events: readonly string[]): Promise<void>;
}

/** `key` opens the hub; at most `connections` batches are under way. */
export function batchSender(hub: string, key: string, connections: number): BatchSender {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/cloudevents-batch+json' };
  return {
    send: (events) =>
      new Promise((resolve, reject) => {
        const body = `[${events.join(',')}]`;
        const sent = request(`${hub}/api/events`, { method: 'POST', agent, headers: { ...headers, 'content-length': Buffer.byteLength(body) } }, (response) => {
          let answer = '';
          response.setEncoding('utf8').on('data', (part: string) => {
            answer += part;
          });
          response.on('error', reject).on('end', () => {
            if (response.statusCode === 200 && answer.startsWith(`{"accepted":${events.length},"duplicates":0,"quarantined":0,`)) resolve();
            else reject(new Error(`${response.statusCode}: ${answer.slice(0, 500)}`));
          });
        });
        sent.on('error', reject).end(body);
      }),
  };
}
