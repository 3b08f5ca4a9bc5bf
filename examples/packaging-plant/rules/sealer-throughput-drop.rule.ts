import { average, below, defineRule } from 'lineshaft';
import { varianceCleared, varianceDetected } from '../contracts/production-variance.ts';
import { throughputLow, throughputRecovered, throughputRecoveredFor, throughputSustained, throughputWindow } from '../limits.ts';
import { bremenPackaging } from '../owners.ts';
import { packerItem } from '../packer.ts';
import { sealerOrder, sealerRate, sealerRemaining, sealerSlotEnd, sealerState, sealerTarget } from '../plant.ts';
import { varianceClearedOf, varianceDetectedOf } from './variance.ts';

export const sealerThroughputDrop = defineRule({
  name: 'packaging.sealer-throughput-drop',
  title: 'Case sealer 1 seals too slowly for its order',
  owner: bremenPackaging,
  on: sealerRate,
  // The gateway does not tell the item; the line runs one order at a time, so the packer's item is the sealer's.
  with: { order: sealerOrder, item: packerItem, target: sealerTarget, remaining: sealerRemaining, slotEnd: sealerSlotEnd, state: sealerState },
  when: below(average(throughputWindow), { percentOf: 'target', limit: throughputLow }),
  sustained: throughputSustained,
  clear: { limit: throughputRecovered, for: throughputRecoveredFor },
  emit: varianceDetected,
  event: varianceDetectedOf,
  clears: varianceCleared,
  cleared: varianceClearedOf,
});
