import { Fault } from '../../kernel/errors.ts';
import type { Quality, RawSample } from '../../model/source.ts';
import { doubtOf } from '../source-instant.ts';
import { scalarOf } from './datatype.ts';
import type { BornMetric } from './metric-table.ts';
import type { Metric, Uint64 } from './payload.ts';
import { qualityIn } from './quality.ts';

/** A metric's value as a sample at its own time (or its payload's, where it has none), or in a sentence why there is none. */
export function sampleOf(born: BornMetric, metric: Metric, payloadTime: Uint64 | undefined, nowMs: number, ceiling: Quality): RawSample | { readonly reason: string } {
  const time = metric.timestamp ?? payloadTime;
  if (time === undefined) return { reason: 'The metric has no timestamp.' };
  const atMs = Number(time);
  const doubt = doubtOf(atMs, nowMs);
  if (doubt !== undefined) return { reason: `The timestamp ${doubt}.` };
  const value = valueOf(born, metric);
  if ('reason' in value) return value;
  const quality = qualityOf(metric, ceiling);
  if (typeof quality === 'object') return quality;
  return { address: born.address, value: value.scalar, atMs, quality, ...(metric.isHistorical ? { historical: true } : {}) };
}

function valueOf({ datatype }: BornMetric, metric: Metric): { readonly scalar: RawSample['value'] } | { readonly reason: string } {
  if (metric.isNull) return { scalar: null };
  if (!metric.value) return { reason: 'The metric has no value and does not say that it is null.' };
  const code = datatype ?? metric.datatype;
  return code === undefined ? { reason: 'No birth has told the datatype of this metric.' } : scalarOf(metric.value, code);
}

function qualityOf({ properties }: Metric, ceiling: Quality): Quality | { readonly reason: string } {
  try {
    const quality = qualityIn(properties);
    return quality === 'good' ? ceiling : quality;
  } catch (error) {
    if (error instanceof Fault) return { reason: error.message };
    throw error;
  }
}
