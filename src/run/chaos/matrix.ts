// The fault matrix, whole.
import { systemTrials } from './system-trials.ts';
import { hubPairTrials } from './hub-pair-trials.ts';
import { lateTrials } from './late-trials.ts';
import { linkTrials } from './link-trials.ts';
import { machineTrials } from './machine-trials.ts';
import { messageTrials } from './message-trials.ts';
import { parkedTrials } from './parked-trials.ts';
import { peopleTrials } from './people-trials.ts';
import { powerTrials } from './power-trials.ts';
import { storeTrials } from './store-trials.ts';
import type { Trial } from './trial.ts';

/** Whose trials are made of the points that a play reaches. */
export const killFaults = ['kill-hub', 'kill-edge'] as const;

const trials: readonly Trial[] = [
  ...systemTrials,
  ...linkTrials,
  ...messageTrials,
  ...peopleTrials,
  ...parkedTrials,
  ...lateTrials,
  ...machineTrials,
  ...powerTrials,
  ...storeTrials,
  ...hubPairTrials,
];

export function isKill(fault: string): boolean {
  return killFaults.some((one) => one === fault);
}

export function trialsBut(isLeftOut: (fault: string) => boolean): readonly Trial[] {
  return trials.filter(({ fault }) => !isLeftOut(fault));
}

/** Every row of the matrix with its modes; those of the kills are known when they are played. */
export function faultNames(): readonly { readonly fault: string; readonly modes: readonly string[] }[] {
  const found = [...new Set(trials.map(({ fault }) => fault))];
  return [
    ...killFaults.map((fault) => ({ fault, modes: ['every named point'] })),
    ...found.map((fault) => ({ fault, modes: [...new Set(trials.filter((one) => one.fault === fault).map(({ mode }) => mode))] })),
  ];
}
