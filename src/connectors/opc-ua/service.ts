// Service calls of OPC UA as promises that tell the status.
import type { ClientSession, ClientSessionPublishService, ClientSessionRawSubscriptionService } from 'node-opcua-client';

/** A session with the services that the library's own subscriptions are made of. */
export type OpcUaSession = ClientSession & ClientSessionRawSubscriptionService & ClientSessionPublishService;

/** The same session with all of its services. */
export function wholeSession(session: ClientSession): OpcUaSession {
  // The library's sessions have all of these; its interface of them leaves out the ones that it uses itself.
  return session as OpcUaSession;
}

/** A service that the server refused: `status` is the name of its StatusCode, e.g. `BadNoSubscription`. */
export class ServiceRefused extends Error {
  readonly status: string;
  constructor(status: string, cause: unknown) {
    super(`The server answered ${status}.`, { cause });
    this.name = 'ServiceRefused';
    this.status = status;
  }
}

/** A refusal is told in the message of the library's error only. */
const refusal = /serviceResult (?:is|=) (\w+)/i;

/** The status with which the server refused, where that is what an error of the library tells. */
export function refusalIn(error: unknown): string | undefined {
  return error instanceof Error ? refusal.exec(error.message)?.[1] : undefined;
}

/** Calls one service. Raises ServiceRefused where the server said no, and the library's error where it said nothing. */
export async function asked<Response>(call: (done: (error: Error | null, response?: Response) => void) => void): Promise<Response> {
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  call((error, response) => {
    const status = refusalIn(error);
    if (status !== undefined) reject(new ServiceRefused(status, error));
    else if (error) reject(error);
    else if (response) resolve(response);
    else reject(new Error('The library gave neither an answer nor an error.'));
  });
  return promise;
}

/** Whether the server refused with one of these statuses. */
export function isRefused(error: unknown, ...statuses: readonly string[]): boolean {
  return error instanceof ServiceRefused && statuses.includes(error.status);
}

/** How much a server takes in one call; what it does not say is bounded by us. OPC 10000-5 §6.3.11. */
export interface OperationLimits {
  readonly read: number;
  readonly history: number;
  readonly browse: number;
  readonly monitor: number;
}

const limitNodes = { read: 'i=11705', history: 'i=12165', browse: 'i=11710', monitor: 'i=11714' } as const;
const attributeValue = 13;

/** Asks the server's OperationLimits; 0 or nothing means that it has none. `batchMax` bounds each. */
export async function operationLimits(session: ClientSession, batchMax: number): Promise<OperationLimits> {
  // One node at a time: a server may take no more.
  const limit = async (nodeId: string): Promise<number> => {
    const { value } = await session.read({ nodeId, attributeId: attributeValue });
    const said: unknown = value.value;
    return typeof said === 'number' && said > 0 ? Math.min(said, batchMax) : batchMax;
  };
  return { read: await limit(limitNodes.read), history: await limit(limitNodes.history), browse: await limit(limitNodes.browse), monitor: await limit(limitNodes.monitor) };
}
