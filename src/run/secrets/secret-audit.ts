import type { Pipeline } from '../../engine/log/pipeline.ts';
import { fieldOf, instant, recorded } from '../../engine/stories/recorded-json.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Store } from '../../store/store.ts';
import type { ShelfPlace } from './secret-shelf.ts';
import { readShelf, type SecretDeed } from './shelf-file.ts';

export interface SecretAuditParts {
  readonly store: Pick<Store, 'audit'>;
  readonly pipeline: Pick<Pipeline, 'commit'>;
  readonly clock: Clock;
}

const actions: Readonly<Record<SecretDeed['deed'], string>> = { set: 'secret.set', removed: 'secret.removed', 'key-rotated': 'secret.key-rotated' };

/** Puts into the audit what was done to sealed secrets since the hub started last: who did what to which name, and when. Raises SECRETS_DAMAGED. */
export async function auditSecrets({ file }: ShelfPlace, { store, pipeline, clock }: SecretAuditParts): Promise<void> {
  const content = readShelf(file);
  if (!content) return;
  // Hubs that share a log have each a shelf of its own.
  const subject = `secrets ${content.shelf}`;
  const [newest] = await store.audit({ subject, limit: 1 });
  const told = newest && fieldOf(recorded(newest.details), 'n');
  const fresh = content.deeds.filter(({ n }) => typeof told !== 'number' || n > told);
  if (fresh.length === 0) return;
  const atMs = clock.now();
  await pipeline.commit(
    fresh.map(({ n, by, deed, name, atMs: doneMs }) => ({
      change: 'audit.add',
      atMs,
      actor: 'lineshaft',
      action: actions[deed],
      subject,
      details: JSON.stringify({ n, by, done: instant(doneMs), ...(name !== undefined && { name }) }),
    })),
  );
}
