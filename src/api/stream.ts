import type { ServerResponse } from 'node:http';
import type { Clock } from '../kernel/clock.ts';
import type { Engine } from '../engine/engine.ts';
import { Fault } from '../kernel/errors.ts';
import type { TrendBoard } from '../engine/trends/trend-board.ts';
import { messageRing, type Numbered } from './message-ring.ts';
import { messageOf, type StreamMessage, type WireMessage } from './stream-message.ts';

/** The live stream: server-sent events of what was just committed. */
export interface Stream {
  /** Serves one reader until it goes. Raises OVERLOADED when there are too many. */
  open(response: ServerResponse, options: { readonly lastEventId: string | undefined; readonly trends: boolean }): void;
  readers(): number;
  /** Readers that were cut because they did not keep up. */
  cut(): number;
  close(): void;
}

export interface StreamParts {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly trends: TrendBoard;
  /** Tells this process's messages from those of another. */
  readonly boot: string;
  /** Where the log has several shards: this hub, and those that it tells of now. */
  readonly speaksFor?: (() => Readonly<Record<string, string>>) | undefined;
  readonly readersMax?: number;
  /** Bytes that may wait for one reader. */
  readonly bytesMax?: number;
  readonly heartbeatMs?: number;
  readonly modesMs?: number;
}

interface Reader {
  readonly response: ServerResponse;
  readonly trends: boolean;
}

export function stream(parts: StreamParts): Stream {
  const { engine, clock, trends, boot, readersMax = 200, bytesMax = 1024 * 1024, heartbeatMs = 15_000, modesMs = 500 } = parts;
  const ring = messageRing();
  const readers = new Set<Reader>();
  const modes = new Map<string, string>();
  let cut = 0;
  let closed = false;
  /** Before the first reader nobody can come back for what it missed, so nothing is kept. */
  let followed = false;

  /** A reader that does not keep up is cut: it comes back with the last id that it saw. */
  function write(reader: Reader, text: string): void {
    if (reader.response.writableLength > bytesMax) {
      cut += 1;
      readers.delete(reader);
      reader.response.destroy();
      return;
    }
    reader.response.write(text);
  }

  function publish(message: StreamMessage): void {
    const numbered = ring.add(message);
    if (readers.size === 0) return;
    const text = textOf(numbered);
    for (const reader of readers) write(reader, text);
  }

  function textOf(message: Numbered): string {
    return `id: ${boot}-${message.number}\n${wireText(message)}`;
  }

  function beat(): void {
    for (const reader of readers) write(reader, ': alive\n\n');
  }

  /** Modes change without a commit; looking twice a second is enough for the eye. */
  function look(): void {
    for (const lane of engine.lanes()) {
      const mode = lane.mode();
      if (modes.get(lane.system) === mode) continue;
      modes.set(lane.system, mode);
      publish({ kind: 'mode', data: { system: lane.system, mode, waiting: lane.depth() } });
    }
  }

  function every(ms: number, work: () => void): () => void {
    let cancel = clock.after(ms, tick);
    function tick(): void {
      cancel = clock.after(ms, tick);
      work();
    }
    return () => cancel();
  }

  const stops = [every(heartbeatMs, beat), every(modesMs, look)];
  engine.pipeline.watch((changes, results) => {
    if (closed || !followed) return;
    changes.forEach((change, index) => {
      const message = messageOf(change, results[index]);
      if (message) publish(message);
    });
  });
  trends.watch(({ edge, points, texts }) => {
    const text = wireText({ kind: 'trend', data: { edge, points, ...(texts.length > 0 && { texts }) } });
    for (const reader of readers) if (reader.trends) write(reader, text);
  });

  /** What the reader missed; or, where that is not known any more, that it must read everything anew. */
  function missed(lastEventId: string | undefined): string {
    const here = `: live\nid: ${boot}-${ring.newest()}\n`;
    if (lastEventId === undefined) return `${here}${wireText({ kind: 'live', data: {} })}`;
    const number = lastEventId.startsWith(`${boot}-`) ? Number(lastEventId.slice(boot.length + 1)) : Number.NaN;
    const found = Number.isInteger(number) ? ring.after(number) : undefined;
    return found ? `: resumed\n\n${found.map(textOf).join('')}` : `${here}${wireText({ kind: 'reset', data: {} })}`;
  }

  return {
    open(response, { lastEventId, trends: wantsTrends }) {
      if (readers.size >= readersMax) throw new Fault('OVERLOADED', `${readers.size} readers follow the stream already.`);
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no', connection: 'keep-alive', ...parts.speaksFor?.() });
      followed = true;
      const reader: Reader = { response, trends: wantsTrends };
      response.on('close', () => readers.delete(reader));
      // A broken connection also closes, which is what counts.
      response.on('error', () => readers.delete(reader));
      write(reader, missed(lastEventId));
      readers.add(reader);
    },
    readers: () => readers.size,
    cut: () => cut,
    close() {
      closed = true;
      for (const stop of stops) stop();
      for (const { response } of readers) response.end();
      readers.clear();
    },
  };
}

/** One event of the stream, without its id. */
function wireText({ kind, data }: WireMessage): string {
  return `event: ${kind}\ndata: ${JSON.stringify(data)}\n\n`;
}
