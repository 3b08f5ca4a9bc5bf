import type { BacktestOrder, BacktestOutcome, MachineOutcome } from '../../engine/backtest/backtest-order.ts';
import type { FaultCode } from '../../kernel/errors.ts';

/** Recorded runs, newest first, in which the answers of then are looked for. */
export const runsMax = 1_000;

/** What the hub tells the process of a backtest. */
export type ToChild =
  | { readonly kind: 'order'; readonly landscape: string; readonly telemetry: string; readonly isFile: boolean; readonly order: BacktestOrder }
  | { readonly kind: 'answer'; readonly id: number; readonly value?: unknown; readonly trouble?: string };

/** What the process of a backtest tells the hub. */
export type FromChild =
  | { readonly kind: 'ready' }
  | { readonly kind: 'ask'; readonly id: number; readonly what: 'runs' }
  | { readonly kind: 'ask'; readonly id: number; readonly what: 'run' | 'steps'; readonly run: string }
  | { readonly kind: 'done'; readonly outcome: BacktestOutcome | MachineOutcome }
  | { readonly kind: 'fault'; readonly code: FaultCode; readonly message: string; readonly details: Readonly<Record<string, unknown>> };
