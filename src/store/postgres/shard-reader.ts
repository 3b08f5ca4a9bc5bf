import type { Clock } from '../../kernel/clock.ts';
import { fitSession } from './fitness.ts';
import { hubReader, type HubReader } from './hub-reader.ts';
import { placeOf } from './session.ts';
import { readerOn, readerSettings } from './store-reader.ts';

const answerMaxMs = 60_000;

/** Reads a shard, whoever holds it; what is being committed there is seen a moment later. It connects when it is first asked. */
export function openShardReader({ url, schema, clock }: { readonly url: string; readonly schema: string; readonly clock: Clock }): HubReader & { close(): Promise<void> } {
  const place = placeOf(url, schema);
  const { read, close } = readerOn(() => fitSession({ url, schema, settings: readerSettings, answerMs: answerMaxMs }, place), clock, place);
  return { ...hubReader(read), close };
}
