import { canonicalJson } from '../../kernel/canonical-json.ts';
import type { Clock } from '../../kernel/clock.ts';
import { hashId } from '../../kernel/ids.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { LimitValues } from '../../model/limit.ts';
import type { Store } from '../../store/store.ts';
import type { Pipeline } from '../log/pipeline.ts';
import { fieldOf, recorded } from '../stories/recorded-json.ts';

const subject = 'limits';

export interface LimitAuditParts {
  readonly landscape: Landscape;
  /** What the landscape's file and the environment set. */
  readonly limits: LimitValues;
  readonly store: Pick<Store, 'audit'>;
  readonly pipeline: Pick<Pipeline, 'commit'>;
  readonly clock: Clock;
}

/** Puts into the audit what of the limits is different from when the hub started last: each with what it was and what it is. */
export async function auditLimits({ landscape, limits, store, pipeline, clock }: LimitAuditParts): Promise<void> {
  const declared = new Map([...landscape.of('limit').values()].map(({ name, value }) => [name, value]));
  const [newest] = await store.audit({ subject, limit: 1 });
  const kept = newest && fieldOf(recorded(newest.details), 'values');
  const known = typeof kept === 'object' && kept !== null ? new Map<string, unknown>(Object.entries(kept)) : undefined;
  const values: Readonly<Record<string, number | string>> = Object.fromEntries(
    [...declared].map(([name, value]) => [name, limits[name] ?? value] as const).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
  // What a landscape declares anew begins with its usual value.
  const changes = Object.entries(values).flatMap(([name, value]) => {
    const before = known?.get(name) ?? declared.get(name);
    return before === value ? [] : [{ limit: name, before, after: value }];
  });
  if (changes.length === 0) return;
  const version = hashId(canonicalJson(values)).slice(0, 8);
  const details = JSON.stringify({ version, release: landscape.release, changes, values });
  await pipeline.commit([{ change: 'audit.add', atMs: clock.now(), actor: 'lineshaft', action: 'limits.changed', subject, details }]);
}
