// Rules on an edge store, under a clock that only the test moves.
import { emptyFilterCounts, normaliser } from '../src/engine/edge/normalise.ts';
import { quarantineDesk } from '../src/engine/edge/quarantine-desk.ts';
import { openRuleHost, type RuleHostParts } from '../src/engine/edge/rule-host.ts';
import { virtualClock } from '../src/kernel/virtual-clock.ts';
import type { Rule } from '../src/model/rule.ts';
import type { RawSample } from '../src/model/source.ts';
import type { EdgeStore } from '../src/store/edge-store.ts';
import { floorSource, signals, throughputDrop } from './edge-landscape.ts';

/** Lets the commits under way come back; they take turns of the event loop, no time. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** A host of rules on a virtual clock, behind the normaliser of the floor. */
export async function ruleHostIn(store: EdgeStore, rules: readonly Rule[] = [throughputDrop], parts: Partial<RuleHostParts> = {}) {
  const clock = virtualClock(1_000_000, settled);
  const counts = emptyFilterCounts();
  const logged: string[] = [];
  const points: string[] = [];
  const log = (message: string) => void logged.push(message);
  const quarantine = quarantineDesk({ store, clock, log });
  let appended = 0;
  const onAppended = () => void appended++;
  const probe = (point: string) => void points.push(point);
  const rulesHost = await openRuleHost({ edge: 'edge-1', rules, limits: {}, store, quarantine, counts, clock, random: () => 0, probe, log, onAppended, ...parts });
  const normal = normaliser({ signals, clock: parts.clock ?? clock, quarantine, counts });
  return {
    ...rulesHost,
    clock,
    counts,
    logged,
    points,
    quarantine,
    appended: () => appended,
    hear: (batch: readonly RawSample[]) => rulesHost.accept(normal.normalise(floorSource.name, batch)),
  };
}
