// What the plant has agreed on, as the verdict must know it: the limits in force.
import { join } from 'node:path';
import type { Agreement } from '../../counterparts/verdict/free-facts.ts';
import { Fault } from '../../kernel/errors.ts';
import { durationMs } from '../../kernel/duration.ts';
import { noReferences, readEnvironment } from '../environment.ts';
import type { Tempo } from './tempo.ts';

/** Reads the limits of an environment file, with what a play changes of them. Raises ENVIRONMENT_INVALID. */
export async function agreementIn(landscape: string, { environment, limits, freeLimits, slackMs }: Tempo): Promise<Agreement> {
  const file = join(landscape, 'environments', environment);
  // Nothing of what it refers to is a limit.
  const given = (await readEnvironment([file], noReferences)).limits ?? {};
  const all: Readonly<Record<string, string | number>> = { ...given, ...limits, ...freeLimits };
  const ms = (name: string): number => {
    const value = all[name];
    if (value === undefined) throw new Fault('ENVIRONMENT_INVALID', `${file} says nothing of the limit "${name}".`, { file, name });
    return durationMs(String(value));
  };
  return {
    windowMs: ms('throughput.window'),
    sustainedMs: ms('throughput.sustained'),
    recoveredForMs: ms('throughput.recovered-for'),
    supplierAnswersMs: ms('bottleneck.supplier-answers'),
    recoveryMs: ms('bottleneck.recovery'),
    persistenceMs: ms('bottleneck.persistence'),
    moveMaxAgeMs: ms('bottleneck.window-max-age'),
    patienceMs: ms('systems.patience'),
    slackMs,
  };
}
