import type { EdgeNotice } from './notice-board.ts';

const dayMs = 24 * 3_600_000;
/** Days before the end of a certificate at which its owner is told: once at each. */
const toldDays = [1, 7, 30] as const;

/** What the owner of an edge has to know of its certificate now; undefined while there is time. */
export function certificateNotice(validToMs: number | undefined, nowMs: number): EdgeNotice | undefined {
  if (validToMs === undefined) return undefined;
  const left = (validToMs - nowMs) / dayMs;
  const stage = left <= 0 ? 0 : toldDays.find((days) => left <= days);
  if (stage === undefined) return undefined;
  const day = new Date(validToMs).toISOString().slice(0, 10);
  return {
    id: `certificate-expires ${validToMs} ${stage}`,
    kind: 'certificate-expires',
    sinceMs: nowMs,
    text:
      stage === 0
        ? `The certificate of this edge expired on ${day}, so the hub takes nothing from it`
        : `The certificate of this edge expires on ${day}, in less than ${stage} day${stage === 1 ? '' : 's'}`,
    advice: 'Put a renewed certificate and its key in place of the files that "tls.edge" in the environment file of the edge names; they are picked up without a restart.',
  };
}
