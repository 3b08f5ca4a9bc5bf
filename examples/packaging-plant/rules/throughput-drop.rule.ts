import { average, below, defineRule } from 'lineshaft';
import { varianceCleared, varianceDetected } from '../contracts/production-variance.ts';
import { throughputLow, throughputRecovered, throughputRecoveredFor, throughputSustained, throughputWindow } from '../limits.ts';
import { bremenPackaging } from '../owners.ts';
import { packerItem, packerOrder, packerRate, packerRemaining, packerSlotEnd, packerState, packerTarget } from '../packer.ts';
import { varianceClearedOf, varianceDetectedOf } from './variance.ts';

export const throughputDrop = defineRule({
  name: 'packaging.throughput-drop',
  title: 'Packer 3 packs too slowly for its order',
  owner: bremenPackaging,
  on: packerRate,
  with: { order: packerOrder, item: packerItem, target: packerTarget, remaining: packerRemaining, slotEnd: packerSlotEnd, state: packerState },
  when: below(average(throughputWindow), { percentOf: 'target', limit: throughputLow }),
  sustained: throughputSustained,
  clear: { limit: throughputRecovered, for: throughputRecoveredFor },
  emit: varianceDetected,
  event: varianceDetectedOf,
  clears: varianceCleared,
  cleared: varianceClearedOf,
});
