import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { forecast, type Forecast, type ForecastParts } from '../engine/backtest/forecast.ts';
import { oversight } from '../engine/watch/oversight.ts';
import { noWatch } from '../engine/watch/watch.ts';
import { Fault } from '../kernel/errors.ts';
import { memoryStore } from '../store/memory/memory-store.ts';
import type { Store } from '../store/store.ts';
import { withRecordedLog } from './recorded-log.ts';

export interface BacktestForecastParts extends Pick<ForecastParts, 'landscape' | 'limits' | 'of' | 'given'> {
  /** The data directory, whose hub's log answers as of then. */
  readonly data: string;
  readonly edge: string | undefined;
}

/** What would have become of a backtest's events, and why the log was not asked where it was not. */
export interface BacktestForecast {
  readonly flows: readonly Forecast[];
  readonly withoutLog: string | undefined;
}

export async function backtestForecast({ data, ...rest }: BacktestForecastParts): Promise<BacktestForecast> {
  const work = async (log: Store | undefined): Promise<readonly Forecast[]> =>
    forecast({ ...rest, scratch: memoryStore(), log, oversight: oversight(noWatch), nextTurn: (next) => void setImmediate(next) });
  if (!existsSync(join(data, 'hub'))) return { flows: await work(undefined), withoutLog: `there is none in ${data}` };
  try {
    return { flows: await withRecordedLog(data, work), withoutLog: undefined };
  } catch (error) {
    // A hub that runs holds its log; what the landscape declares still answers.
    if (!(error instanceof Fault) || (error.code !== 'DATA_DIR_IN_USE' && error.code !== 'COMMAND_INVALID')) throw error;
    return { flows: await work(undefined), withoutLog: error.message };
  }
}
