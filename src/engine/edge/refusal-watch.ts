import type { Clock } from '../../kernel/clock.ts';
import { faultKinds, isFaultCode, type FaultCode } from '../../kernel/errors.ts';
import { detailOf, jsonOf, type Send } from './send.ts';

/** A hub does not know an edge as the one that it says it is. */
export interface HubRefusal {
  readonly code: string;
  /** What the hub says. */
  readonly text: string;
  /** What helps, as a sentence. */
  readonly advice: string;
  readonly hub: string;
  readonly sinceMs: number;
}

export interface RefusalWatch {
  readonly send: Send;
  /** Since the hub answered so and took nothing of that kind; undefined where no hub refuses this edge. */
  current(): HubRefusal | undefined;
  /** Requests that a hub has answered well since the edge started. */
  answered(): number;
}

export interface RefusalWatchParts {
  readonly edge: string;
  readonly send: Send;
  readonly clock: Clock;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
}

/** Refusals that are about who asks, and what the one who runs the edge can do. */
const advices: Readonly<Partial<Record<FaultCode, (edge: string) => string>>> = {
  NOT_SIGNED_IN: () => 'Give it a key of this hub with --key or LINESHAFT_EDGE_KEY: "edge" in the key file of the hub, or one of its own.',
  CERTIFICATE_UNFIT: () => faultKinds.CERTIFICATE_UNFIT.help,
  NOT_ALLOWED: (edge) => `Start it under the name that its key or certificate is for, or give it one that is for "${edge}" or for every edge.`,
  EDGE_NAME_TAKEN: (edge) => `Give it another --name; or stop the other one and say at the hub that this is the one: lineshaft edge accept --name ${edge} shows who asks.`,
  SIGNATURE_UNFIT: (edge) =>
    `If it was set up anew, say at the hub that its key is a new one: lineshaft edge-key show ${edge} lists those that were refused, edge-key accept takes one.`,
};

/** Notes when a hub refuses an edge for who it is, and says so once for each reason in the edge's own log. */
export function refusalWatch({ edge, send, clock, log }: RefusalWatchParts): RefusalWatch {
  /** By what was asked of which hub: events may be refused while the rest is taken. */
  const refusals = new Map<string, HubRefusal>();
  let answered = 0;

  function note(place: string, { origin }: URL, body: string): void {
    const answer = jsonOf(body);
    const code = typeof answer === 'object' && answer !== null && 'code' in answer && isFaultCode(answer.code) ? answer.code : undefined;
    const advice = code && advices[code]?.(edge);
    if (code === undefined || advice === undefined) return;
    const [known] = [...refusals.values()].filter((each) => each.code === code && each.hub === origin);
    const refusal = { code, text: detailOf(body), advice, hub: origin, sinceMs: known?.sinceMs ?? clock.now() };
    refusals.set(place, refusal);
    if (!known) log(`The hub ${origin} refuses this edge: ${refusal.text} What comes is kept here. ${advice}`, { code, urgent: true });
  }

  return {
    async send(request) {
      const response = await send(request);
      const url = new URL(request.url);
      const place = `${url.origin}${url.pathname}`;
      if (response.status < 300) {
        answered++;
        refusals.delete(place);
      } else note(place, url, response.body);
      return response;
    },
    current: () => [...refusals.values()].at(-1),
    answered: () => answered,
  };
}
