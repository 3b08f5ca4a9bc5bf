import { fittingOptions } from './connector-options.ts';
import { join } from 'node:path';
import { outlet, type Outlet } from '../engine/edge/outlet.ts';
import type { NoticeBoard } from '../engine/edge/notice-board.ts';
import { Fault } from '../kernel/errors.ts';
import type { Clock, Random } from '../kernel/clock.ts';
import type { Signal } from '../model/asset.ts';
import type { Output } from '../model/output.ts';

/** Where an edge passes its signals on to, and what its environment says of each. */
export interface EdgeOutputs {
  readonly outputs: Iterable<Output>;
  optionsOf(output: string): unknown;
}

export interface OpenOutputs extends Outlet, AsyncDisposable {}

interface Parts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
  readonly folder: string | undefined;
  readonly notices: Pick<NoticeBoard, 'put' | 'end'>;
}

/** Opens every output. One whose library is not installed is given nothing, and its owner is told; the others are. Raises ENVIRONMENT_INVALID where the options of one do not fit. */
export async function openOutputs({ outputs, optionsOf }: EdgeOutputs, signals: readonly Signal[], { clock, random, log, folder, notices }: Parts): Promise<OpenOutputs> {
  await using opened = new AsyncDisposableStack();
  const outlets: Outlet[] = [];
  for (const { name, connector, signals: own = signals } of outputs) {
    const given = fittingOptions(connector.options, optionsOf(name), { kind: 'output', name });
    const ports = { clock, random, system: name, log, ...(folder !== undefined && { folder: join(folder, 'outputs', name) }) };
    const id = `output-closed ${name}`.slice(0, 128);
    try {
      const open = opened.adopt(await connector.open(given, own, ports), async (each) => each.close());
      outlets.push(outlet(own, open));
      notices.end(id, clock.now(), `The output ${name} is written to again`);
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'LIBRARY_MISSING') throw error;
      const text = `The output ${name} is not written to; all else goes on: ${error.message.replace(/\.$/, '')}`;
      notices.put({ id, kind: 'output-closed', sinceMs: clock.now(), text, advice: error.help });
    }
  }
  const running = opened.move();
  return {
    add(samples) {
      for (const each of outlets) each.add(samples);
    },
    stale(gone, atMs) {
      for (const each of outlets) each.stale(gone, atMs);
    },
    events(batch) {
      for (const each of outlets) each.events(batch);
    },
    [Symbol.asyncDispose]: async () => running.disposeAsync(),
  };
}
