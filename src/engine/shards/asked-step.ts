/** A step of a run in another shard, whose effect is carried out here. */
export interface AskedStep {
  readonly shard: number;
  readonly run: string;
  readonly step: string;
}

/** The id that its effect has here: whoever reads it knows whom to answer. */
export function stepFor({ shard, run, step }: AskedStep): string {
  return `for ${shard} ${run} ${step}`;
}

/** What a step's id says of whom it is for; undefined where it is for nobody else. Ids of runs have no space. */
export function askedStep(id: string): AskedStep | undefined {
  const [, shard, run, step] = /^for (\d+) (\S+) (.+)$/s.exec(id) ?? [];
  return shard === undefined || run === undefined || step === undefined ? undefined : { shard: Number(shard), run, step };
}

/** What a run of another shard does not want any more, where it was not tried yet. */
export interface Withdrawal {
  readonly shard: number;
  readonly run: string;
  /** Absent where its run was cancelled: all that it has asked for. */
  readonly step?: string | undefined;
}

/** Whether this step, asked for by another shard, is what was withdrawn. What undoes is wanted all the more. */
export function isWithdrawn({ shard, run, step }: Withdrawal, id: string): boolean {
  const of = askedStep(id);
  if (of?.shard !== shard || of.run !== run) return false;
  return step === undefined ? !of.step.startsWith('undo:') : of.step === step;
}
