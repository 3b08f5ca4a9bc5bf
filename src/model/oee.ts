// The parts of overall equipment effectiveness, by the names of the time and quantity elements of ISO 22400-2. Each part is a function of
// inputs that say what they are; which times a plant counts as planned is the plant's to say.

export interface AvailabilityInput {
  /** The time that the unit was planned to be busy with orders, milliseconds. */
  readonly plannedBusyMs: number;
  /** The time that it really produced in, milliseconds. */
  readonly actualProductionMs: number;
}

export interface PerformanceInput {
  /** How long one item takes as planned, milliseconds. */
  readonly plannedRunMsPerItem: number;
  /** All items that were made, good or not. */
  readonly producedQuantity: number;
  readonly actualProductionMs: number;
}

export interface QualityInput {
  /** Items that were right the first time. */
  readonly goodQuantity: number;
  readonly producedQuantity: number;
}

export interface Oee {
  /** Each is a share of 1; undefined where there was nothing to compare with. */
  readonly availability: number | undefined;
  readonly performance: number | undefined;
  readonly quality: number | undefined;
  /** Their product; undefined where one of them is. */
  readonly oee: number | undefined;
}

/** Actual production time ÷ planned busy time. */
export function availability({ plannedBusyMs, actualProductionMs }: AvailabilityInput): number | undefined {
  return share(actualProductionMs, plannedBusyMs);
}

/** Planned run time of what was produced ÷ actual production time; above 1 where the planned time per item is too long. ISO 22400-2 calls it effectiveness. */
export function performanceRatio({ plannedRunMsPerItem, producedQuantity, actualProductionMs }: PerformanceInput): number | undefined {
  return share(plannedRunMsPerItem * producedQuantity, actualProductionMs);
}

/** Good quantity ÷ produced quantity. */
export function qualityRatio({ goodQuantity, producedQuantity }: QualityInput): number | undefined {
  return share(goodQuantity, producedQuantity);
}

/** The three parts and their product. */
export function oeeOf(input: AvailabilityInput & PerformanceInput & QualityInput): Oee {
  const parts = { availability: availability(input), performance: performanceRatio(input), quality: qualityRatio(input) };
  const { availability: a, performance: p, quality: q } = parts;
  return { ...parts, oee: a === undefined || p === undefined || q === undefined ? undefined : a * p * q };
}

function share(part: number, whole: number): number | undefined {
  return whole > 0 ? part / whole : undefined;
}
