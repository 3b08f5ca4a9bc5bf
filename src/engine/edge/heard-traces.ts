import { setNewest } from '../../kernel/newest.ts';
import type { TraceContext } from '../../kernel/traceparent.ts';
import type { Signal } from '../../model/asset.ts';
import type { Sample } from './normalise.ts';

/** Which messages the newest values came in: a rule that waits for late ones decides on a value well after it was heard. */
export interface HeardTraces {
  keep(sample: Sample): void;
  /** Undefined where the message had none, or too many came since. */
  of(signal: Signal, atMs: number): TraceContext | undefined;
}

/** Those of a minute of 160 messages a second. */
const tracesMax = 10_000;

export function heardTraces(): HeardTraces {
  const traces = new Map<string, TraceContext>();
  return {
    keep({ signal, atMs, trace }) {
      if (trace === undefined) return;
      setNewest(traces, `${signal.name} ${atMs}`, trace, tracesMax);
    },
    of: (signal, atMs) => (traces.size === 0 ? undefined : traces.get(`${signal.name} ${atMs}`)),
  };
}
