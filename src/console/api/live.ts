// The live stream of the hub: one connection for the whole console, resumed where it broke.
import { useCallback, useEffect, useSyncExternalStore } from 'react';
import type { StreamMessage } from '../../api/stream-message.ts';
import { keepTexts } from './signal-texts.ts';
import { trendMemory, type Trend, type TrendPoint } from './trend-memory.ts';

/** What changed; where to read it is the reader's business. */
export type LiveKind = StreamMessage['kind'];
export interface LiveMessage {
  readonly kind: LiveKind;
  readonly data: Readonly<Record<string, unknown>>;
}

/** `connecting` before the first word, `live`, `lost` while the hub cannot be heard. */
export type LiveState = 'connecting' | 'live' | 'lost';

type Listener = (message: LiveMessage) => void;

/** Everything that the stream tells besides trends. */
export const liveKinds: readonly LiveKind[] = ['event', 'run', 'step', 'exception', 'mode'];
const againAfterMs = 1_000;
/** Longer than two heartbeats of the hub: silence means that nobody is there. */
const silenceMs = 35_000;

const listeners = new Set<Listener>();
const resets = new Set<() => void>();
const watchers = new Set<() => void>();
const trendWatchers = new Map<string, Set<() => void>>();
const trends = trendMemory();
let state: LiveState = 'connecting';
let heardMs = Date.now();
let lastId = '';
let source: EventSource | undefined;
let again: ReturnType<typeof setTimeout> | undefined;
let watchdog: ReturnType<typeof setInterval> | undefined;

/** Connects; called once, when somebody is signed in. */
export function openLive(): () => void {
  connect();
  watchdog = setInterval(() => {
    if (state === 'live' && Date.now() - heardMs > silenceMs) lose();
  }, 5_000);
  // Told at once where the machine's own network is gone; the stream would only fall silent.
  window.addEventListener('offline', lose);
  window.addEventListener('online', connect);
  return () => {
    window.removeEventListener('offline', lose);
    window.removeEventListener('online', connect);
    clearInterval(watchdog);
    clearTimeout(again);
    source?.close();
    source = undefined;
  };
}

function connect(): void {
  clearTimeout(again);
  source?.close();
  const query = lastId === '' ? '?trends=1' : `?trends=1&lastEventId=${encodeURIComponent(lastId)}`;
  const opened = new EventSource(`/api/stream${query}`);
  source = opened;
  opened.addEventListener('open', () => enter('live'));
  // A refused connection is not tried again by the browser, and a broken one would come back without our count.
  opened.addEventListener('error', () => {
    if (source === opened) lose();
  });
  for (const kind of liveKinds) opened.addEventListener(kind, (event) => hear({ kind, data: dataOf(event) }, event.lastEventId));
  opened.addEventListener('trend', (event) => takeTrend(dataOf(event)));
  opened.addEventListener('live', (event) => noteId(event.lastEventId));
  opened.addEventListener('reset', (event) => {
    noteId(event.lastEventId);
    for (const reset of resets) reset();
  });
}

function lose(): void {
  source?.close();
  source = undefined;
  enter('lost');
  clearTimeout(again);
  again = setTimeout(connect, againAfterMs);
}

function enter(next: LiveState): void {
  heardMs = Date.now();
  if (next === state) return;
  state = next;
  for (const watcher of watchers) watcher();
}

function noteId(id: string): void {
  heardMs = Date.now();
  if (id !== '') lastId = id;
}

function hear(message: LiveMessage, id: string): void {
  noteId(id);
  for (const listener of listeners) listener(message);
}

function dataOf(event: MessageEvent<unknown>): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(String(event.data));
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  } catch {
    // A torn message says nothing; the resume repeats it.
    return {};
  }
}

function takeTrend({ points, texts }: Readonly<Record<string, unknown>>): void {
  heardMs = Date.now();
  keepTexts(texts);
  if (!Array.isArray(points)) return;
  for (const point of points) {
    const read = trendPointOf(point);
    if (read) keepPoint(read.signal, read.point);
  }
}

function trendPointOf(given: unknown): { readonly signal: string; readonly point: TrendPoint } | undefined {
  if (typeof given !== 'object' || given === null || !('signal' in given) || !('atMs' in given) || !('average' in given)) return undefined;
  const { signal, atMs, average } = given;
  if (typeof signal !== 'string' || typeof atMs !== 'number' || typeof average !== 'number') return undefined;
  const number = (name: string): number | undefined => {
    const found: unknown = Reflect.get(given, name);
    return typeof found === 'number' ? found : undefined;
  };
  return { signal, point: { atMs, average, lowest: number('lowest') ?? average, highest: number('highest') ?? average, target: number('target') } };
}

function keepPoint(signal: string, point: TrendPoint): void {
  if (trends.keep(signal, point)) tellOf(signal);
}

/** Puts what the hub remembers to what was heard: before it, and where the stream was broken. */
export function fillTrend(signal: string, points: readonly TrendPoint[]): void {
  if (trends.fill(signal, points)) tellOf(signal);
}

function tellOf(signal: string): void {
  for (const watcher of trendWatchers.get(signal) ?? []) watcher();
}

function watchTrend(signal: string, watcher: () => void): () => void {
  const all = trendWatchers.get(signal) ?? new Set();
  trendWatchers.set(signal, all.add(watcher));
  return () => {
    all.delete(watcher);
    if (all.size === 0) trendWatchers.delete(signal);
  };
}

const nothing: Trend = { points: [] };

/** The last minutes of a signal; another object as soon as more is heard. */
export function useTrend(signal: string): Trend {
  return useSyncExternalStore(
    useCallback((watcher) => watchTrend(signal, watcher), [signal]),
    () => trends.trend(signal) ?? nothing,
  );
}

/** The newest that was heard of a signal. */
export function useNewest(signal: string): TrendPoint | undefined {
  return useSyncExternalStore(
    useCallback((watcher) => watchTrend(signal, watcher), [signal]),
    () => trends.trend(signal)?.points.at(-1),
  );
}

export function useLiveState(): LiveState {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => state,
  );
}

/** Calls on every message of the stream. `listener` must keep its identity. */
export function useLiveMessages(listener: Listener): void {
  useEffect(() => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, [listener]);
}

/** Outside of React: every message, and `onReset` when everything must be read anew. */
export function listen(listener: Listener, onReset: () => void): () => void {
  listeners.add(listener);
  resets.add(onReset);
  return () => {
    listeners.delete(listener);
    resets.delete(onReset);
  };
}
