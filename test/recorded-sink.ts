// A sink that keeps what a source delivers, and lets a test wait for it.
import type { ConnectorPorts } from '../src/model/connector.ts';
import type { RawAbsence, RawGap, RawSample, SourceSink, ToldUnit } from '../src/model/source.ts';

export interface RecordedSink extends SourceSink {
  readonly all: RawSample[];
  readonly quarantined: { readonly address: string; readonly reason: string; readonly raw: string }[];
  readonly stales: { readonly prefix: string; readonly atMs: number }[];
  readonly missing: RawGap[];
  readonly absences: RawAbsence[];
  /** Addresses of which nothing is missing after all; `*` for all that the other side has kept. */
  readonly wholes: string[];
  readonly toldUnits: ToldUnit[];
  readonly skews: { readonly aheadMs: number; readonly withinMs: number }[];
  readonly links: { readonly up: boolean; readonly detail: string }[];
  /** Resolves with what `look` finds, asked again after each delivery; rejects after a minute. */
  until<T>(look: () => T | undefined | false): Promise<T>;
}

const patienceMs = 60_000;

export function recordedSink(): RecordedSink {
  const all: RawSample[] = [];
  const quarantined: RecordedSink['quarantined'] = [];
  const stales: RecordedSink['stales'] = [];
  const missing: RawGap[] = [];
  const absences: RawAbsence[] = [];
  const wholes: string[] = [];
  const toldUnits: ToldUnit[] = [];
  const skews: RecordedSink['skews'] = [];
  const links: RecordedSink['links'] = [];
  const waiting = new Set<() => void>();
  const told = (): void => {
    for (const look of waiting) look();
  };
  return {
    all,
    quarantined,
    stales,
    missing,
    absences,
    wholes,
    toldUnits,
    skews,
    links,
    samples(batch) {
      all.push(...batch);
      told();
    },
    quarantine(address, reason, raw) {
      quarantined.push({ address, reason, raw });
      told();
    },
    stale(prefix, atMs) {
      stales.push({ prefix, atMs });
      told();
    },
    gaps(batch) {
      missing.push(...batch);
      told();
    },
    absent(batch) {
      absences.push(...batch);
      told();
    },
    whole(addresses) {
      wholes.push(...addresses);
      told();
    },
    kept() {
      wholes.push('*');
      told();
    },
    units(batch) {
      toldUnits.push(...batch);
      told();
    },
    skew(aheadMs, withinMs) {
      skews.push({ aheadMs, withinMs });
      told();
    },
    connected(up, detail) {
      links.push({ up, detail });
      told();
    },
    until<T>(look: () => T | undefined | false) {
      return new Promise<T>((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(check);
          reject(new Error(`it did not come about within ${patienceMs} ms: ${String(look)}`));
        }, patienceMs);
        const check = (): void => {
          const found = look();
          if (found === undefined || found === false) return;
          clearTimeout(timer);
          waiting.delete(check);
          resolve(found);
        };
        waiting.add(check);
        check();
      });
    },
  };
}

/** Ports onto the real clock. */
export function realPorts(system: string, logged: string[] = []): ConnectorPorts {
  return {
    clock: {
      now: () => Date.now(),
      steady: () => performance.now(),
      at: (atMs, fire) => timer(atMs - Date.now(), fire),
      after: timer,
    },
    random: Math.random,
    system,
    log: (message) => void logged.push(message),
  };
}

function timer(ms: number, fire: () => void): () => void {
  const set = setTimeout(fire, Math.max(0, ms));
  return () => clearTimeout(set);
}
