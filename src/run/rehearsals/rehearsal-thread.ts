import { randomUUID } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { roomHere, Stalled, type RehearsalRoom, type RoomParts } from '../../engine/replay/rehearsal-room.ts';
import type { RehearsalParts } from '../../engine/replay/rehearsal.ts';
import type { Clock } from '../../kernel/clock.ts';
import { messageOf } from '../../kernel/errors.ts';
import type { LimitValues } from '../../model/limit.ts';
import { placeOf } from './stalled-thread.ts';
import type { FromThread, RehearsalThreadData, ToThread } from './rehearsal-message.ts';

export interface RehearsalThreadOptions {
  /** The folder of the landscape. */
  readonly folder: string;
  readonly limits: LimitValues;
  /** How long code of the landscape may take without a pause, in milliseconds. */
  readonly stallMs: number;
  readonly clock: Clock;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
}

type Order = Extract<ToThread, { do: 'key' | 'rehearse' }>;
type End = Extract<FromThread, { is: 'key' | 'played' | 'threw' }>;

/** For whom something is done there, and how it ends. */
interface Asked {
  readonly parts: RoomParts;
  readonly ask: RehearsalParts['ask'];
  readonly resolve: (end: End) => void;
  readonly reject: (reason: unknown) => void;
}

/** A thread for all engines of a hub. */
export interface RehearsalThread extends AsyncDisposable {
  roomFor(this: void, parts: RoomParts): RehearsalRoom;
}

/** A thread, and what it was asked to do. */
interface Room {
  readonly worker: Worker;
  readonly name: string;
  readonly beats: Int32Array;
  /** Resolves with the release that it has loaded. */
  readonly ready: Promise<string>;
  asked: Asked | undefined;
}

/** It holds the landscape a second time, and is let go when nothing was played for so long. */
const idleMs = 30_000;
const heapMiB = 512;
/** A landscape that is not loaded by then is taken for one that does not load. */
const loadedWithinMs = 30_000;
const ticks = 20;
const tickMinMs = 5;

/**
 * A thread of its own for dry runs, with the same landscape. What does not come back there, or ends it, costs that dry run only. Where the
 * folder has another release by now, they are played in this thread.
 */
export function rehearsalThread({ folder, limits, stallMs, clock, log }: RehearsalThreadOptions): RehearsalThread {
  const tickMs = Math.max(tickMinMs, stallMs / ticks);
  let room: Room | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let cancelIdle = (): void => undefined;

  function openRoom(): Room {
    const beats = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    const data: RehearsalThreadData = { folder, limits, beats, beatMs: tickMs };
    const name = `rehearsal-${randomUUID()}`;
    const worker = new Worker(new URL(`./rehearsal-worker${extname(import.meta.url)}`, import.meta.url), {
      name,
      workerData: data,
      execArgv: [
        ...process.execArgv.filter((option, index, all) => option.startsWith('--conditions') || all[index - 1] === '--conditions'),
        '--disable-warning=ExperimentalWarning',
      ],
      resourceLimits: { maxOldGenerationSizeMb: heapMiB },
    });
    worker.unref();
    const opened: Room = {
      worker,
      name,
      beats,
      asked: undefined,
      ready: new Promise((resolve, reject) => {
        worker.on('message', (said: FromThread) => (said.is === 'ready' ? resolve(said.release) : heard(opened, said)));
        const over = (error: unknown): void => {
          if (room === opened) room = undefined;
          reject(error);
          opened.asked?.reject(new Stalled({ atMs: clock.now(), stack: [], deaths: 1, apart: true }));
        };
        worker.on('error', (error) => {
          log('the thread of dry runs has ended', { reason: messageOf(error) });
          over(error);
        });
        worker.on('exit', () => over(new Error('the thread of dry runs has ended')));
      }),
    };
    return opened;
  }

  function heard(from: Room, said: Exclude<FromThread, { is: 'ready' }>): void {
    switch (said.is) {
      case 'key':
      case 'played':
      case 'threw':
        from.asked?.resolve(said);
        return;
      case 'events':
        if (from.asked) answer(from, said.call, from.asked.parts.store.eventsMatching(said.filter));
        return;
      case 'query': {
        const capability = from.asked?.parts.landscape.of('capability').get(said.capability);
        if (capability && from.asked?.ask) answer(from, said.call, from.asked.ask(capability, said.input));
      }
    }
  }

  function answer(to: Room, call: number, work: Promise<unknown>): void {
    const tell = (message: ToThread): void => to.worker.postMessage(message);
    // Also where an answer cannot be cloned: a landscape may leave in it more than its schema asks for.
    work.then((value) => tell({ do: 'answer', call, value })).catch((error: unknown) => tell({ do: 'refuse', call, message: messageOf(error) }));
  }

  /** Ends a thread that has been silent for too long. Counted in ticks of this one, which may itself have stood still. */
  function watched(one: Room): () => void {
    let [last, silentMs] = [-1, 0];
    const look = (): void => {
      const now = Atomics.load(one.beats, 0);
      silentMs = now === last ? silentMs + tickMs : 0;
      last = now;
      if (silentMs < stallMs) {
        cancel = clock.after(tickMs, look);
        return;
      }
      if (room === one) room = undefined;
      const atMs = clock.now();
      void placeOf(one.name, realpathSync(folder))
        .then(({ at, stack }) => one.asked?.reject(new Stalled({ atMs, forMs: stallMs, stack, deaths: 1, apart: true, ...(at !== undefined && { at }) })))
        .finally(() => void one.worker.terminate());
    };
    let cancel = clock.after(tickMs, look);
    return () => cancel();
  }

  /** Undefined where what lies in the folder by now does not load. */
  async function releaseIn(one: Room): Promise<string | undefined> {
    let cancel = (): void => undefined;
    const late = new Promise<undefined>((resolve) => (cancel = clock.after(loadedWithinMs, () => resolve(undefined))));
    const loaded = await Promise.race([one.ready, late]).catch(() => undefined);
    cancel();
    if (loaded === undefined) await closeRoom();
    return loaded;
  }

  /** Undefined where the folder has another release by now. */
  async function inThread(order: Order, parts: RoomParts, ask: RehearsalParts['ask']): Promise<End | undefined> {
    cancelIdle();
    const one = (room ??= openRoom());
    try {
      if ((await releaseIn(one)) !== parts.landscape.release) return undefined;
      const ended = new Promise<End>((resolve, reject) => (one.asked = { parts, ask, resolve, reject }));
      const stop = watched(one);
      try {
        one.worker.postMessage(order);
        return await ended;
      } finally {
        stop();
        one.asked = undefined;
      }
    } finally {
      cancelIdle = clock.after(idleMs, () => void closeRoom());
    }
  }

  async function closeRoom(): Promise<void> {
    cancelIdle();
    const one = room;
    room = undefined;
    await one?.worker.terminate();
  }

  /** One thing at a time: several engines of a hub may want something. */
  function inTurn(order: Order, parts: RoomParts, ask?: RehearsalParts['ask']): Promise<End | undefined> {
    const turn = last.then(() => inThread(order, parts, ask));
    last = turn.catch(() => undefined);
    return turn;
  }

  return {
    roomFor(parts) {
      const here = roomHere(parts);
      return {
        async keyOf(flow, event) {
          const end = await inTurn({ do: 'key', flow: flow.name, event }, parts);
          if (end?.is === 'key') return end.key;
          if (end?.is === 'threw') throw new Error(end.message);
          return here.keyOf(flow, event);
        },
        async rehearse(piece, given) {
          const { flow, subject: _subject, ...sent } = piece;
          const end = await inTurn({ do: 'rehearse', piece: { ...sent, flow: flow.name }, nowMs: given.nowMs, mayAsk: given.ask !== undefined }, parts, given.ask);
          if (end?.is === 'played') return end.played;
          if (end?.is === 'threw') throw new Error(end.message);
          return here.rehearse(piece, given);
        },
      };
    },
    [Symbol.asyncDispose]: closeRoom,
  };
}
