import { hashId } from '../../kernel/ids.ts';
import type { Owner } from '../../model/owner.ts';
import { certificateEnd } from '../edge/certificate-watch.ts';
import type { CaseParts } from './case-parts.ts';
import { hubOwner } from './hub-owner.ts';
import { builtIn, type Opening } from './opening.ts';

/** The certificate that a hub serves TLS with. */
export interface OwnCertificate {
  /** Its subject, e.g. `CN=hub.plant.example`. */
  readonly name: string;
  readonly file: string;
  readonly validToMs: number;
}

/** Where a hub tells what its owner has to know of the hub itself. */
export interface HubTold {
  /** Opens a case, once at each stage before the end of the certificate; gives what it says where there is one. Raises STORE_UNAVAILABLE. */
  certificate(own: OwnCertificate): Promise<string | undefined>;
}

export function hubCases({ landscape, store, pipeline, clock, open }: CaseParts): HubTold {
  const owner = hubOwner(landscape);
  /** One hub has one certificate at a time. */
  let told = '';
  return {
    async certificate({ name, file, validToMs }) {
      const nowMs = clock.now();
      const end = certificateEnd(validToMs, nowMs);
      if (!end) return undefined;
      const text = `The certificate of the hub (${name}) ${end.words}`;
      const id = hashId('hub-certificate', name, String(validToMs), String(end.stage)).slice(0, 20);
      if (id === told) return undefined;
      if (owner && !(await store.exception(id))) await pipeline.commit(open(caseOf({ id, text, owner, file, validToMs, isOver: end.stage === 0, nowMs })));
      told = id;
      return text;
    },
  };
}

function caseOf(given: {
  readonly id: string;
  readonly text: string;
  readonly owner: Owner;
  readonly file: string;
  readonly validToMs: number;
  readonly isOver: boolean;
  readonly nowMs: number;
}): Opening {
  return builtIn({
    id: given.id,
    type: 'hub-certificate-expires',
    class: 'unknown',
    owner: given.owner,
    summary: given.isOver ? `${given.text}: edges and systems that look at it send nothing any more` : given.text,
    keys: {},
    evidence: { file: given.file, until: new Date(given.validToMs).toISOString() },
    suggestions: ['Put a renewed certificate and its key in place of the files that "tls.hub" in the environment file names; they are picked up without a restart.'],
    actions: [],
    nowMs: given.nowMs,
  });
}
