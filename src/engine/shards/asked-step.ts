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
