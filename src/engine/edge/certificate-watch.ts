import type { EdgeNotice } from './notice-board.ts';

const dayMs = 24 * 3_600_000;
/** Days before the end of a certificate at which its owner is told: once at each. */
const toldDays = [1, 7, 30] as const;

/** How near the end of a certificate is. */
export interface CertificateEnd {
  /** Days that are left at most; 0 where it is over. */
  readonly stage: 0 | (typeof toldDays)[number];
  /** E.g. "expires on 2026-03-01, in less than 7 days". */
  readonly words: string;
}

/** Undefined while there is time. */
export function certificateEnd(validToMs: number, nowMs: number): CertificateEnd | undefined {
  const left = (validToMs - nowMs) / dayMs;
  const day = new Date(validToMs).toISOString().slice(0, 10);
  if (left <= 0) return { stage: 0, words: `expired on ${day}` };
  const stage = toldDays.find((days) => left <= days);
  return stage && { stage, words: `expires on ${day}, in less than ${stage} day${stage === 1 ? '' : 's'}` };
}

/** What the owner of an edge has to know of its certificate now; undefined while there is time. */
export function certificateNotice(validToMs: number | undefined, nowMs: number): EdgeNotice | undefined {
  const end = validToMs === undefined ? undefined : certificateEnd(validToMs, nowMs);
  return (
    end && {
      id: `certificate-expires ${validToMs} ${end.stage}`,
      kind: 'certificate-expires',
      sinceMs: nowMs,
      text: `The certificate of this edge ${end.words}${end.stage === 0 ? ', so the hub takes nothing from it' : ''}`,
      advice: 'Put a renewed certificate and its key in place of the files that "tls.edge" in the environment file of the edge names; they are picked up without a restart.',
    }
  );
}
