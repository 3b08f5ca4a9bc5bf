import { average, below, defineRule } from 'lineshaft';
import { varianceCleared, varianceDetected } from '../contracts/production-variance.ts';
import { throughputLow, throughputRecovered, throughputRecoveredFor, throughputSustained, throughputWindow } from '../limits.ts';
import { bremenPackaging } from '../owners.ts';
import {
  packerDefective,
  packerExecuteTime,
  packerItem,
  packerOrder,
  packerProduced,
  packerRate,
  packerRemaining,
  packerSlotEnd,
  packerSlotStart,
  packerState,
  packerTarget,
} from '../packer.ts';
import { effectivenessOf } from './effectiveness.ts';
import { varianceClearedOf, varianceDetectedOf } from './variance.ts';

export const throughputDrop = defineRule({
  name: 'packaging.throughput-drop',
  title: 'Packer 3 packs too slowly for its order',
  owner: bremenPackaging,
  on: packerRate,
  with: {
    order: packerOrder,
    item: packerItem,
    target: packerTarget,
    remaining: packerRemaining,
    slotStart: packerSlotStart,
    slotEnd: packerSlotEnd,
    state: packerState,
    produced: packerProduced,
    defective: packerDefective,
    executeTime: packerExecuteTime,
  },
  when: below(average(throughputWindow), { percentOf: 'target', limit: throughputLow }),
  sustained: throughputSustained,
  clear: { limit: throughputRecovered, for: throughputRecoveredFor },
  emit: varianceDetected,
  event: (episode) => ({ ...varianceDetectedOf(episode), effectiveness: effectivenessOf(episode) }),
  clears: varianceCleared,
  cleared: varianceClearedOf,
});
