// Lanes: events in the buffer that share a key, directly or by way of others. Within a lane the order of appending holds.
import type { DatabaseSync } from 'node:sqlite';
import { keyless, type BufferedEvent, type NewEvent } from '../edge-store.ts';
import { evenShare } from '../even-share.ts';
import { integer, text, type Row } from '../row.ts';

/** To be used within a transaction. */
export interface EdgeLanes {
  /** The lane of an event that is about to be appended at `position`: lanes that it joins become one. */
  laneFor(event: Pick<NewEvent, 'keys'>, position: number): number;
  /** Forgets the keys of lanes that are empty. */
  leave(lanes: Iterable<number>): void;
  ahead(after: number, limit: number): readonly BufferedEvent[];
}

/** The key that all share while there are events whose keys are unknown. */
const everybody = '*';

export function edgeLanes(database: DatabaseSync): EdgeLanes {
  const statements = {
    laneOf: database.prepare('SELECT lane FROM lane_key WHERE key = ?'),
    putKey: database.prepare('INSERT INTO lane_key (key, lane) VALUES (?, ?) ON CONFLICT (key) DO NOTHING'),
    events: database.prepare('SELECT count(*) AS events FROM event WHERE body IS NOT NULL AND lane = ?'),
    moveEvents: database.prepare('UPDATE event SET lane = ? WHERE body IS NOT NULL AND lane = ?'),
    moveKeys: database.prepare('UPDATE lane_key SET lane = ? WHERE lane = ?'),
    isUsed: database.prepare('SELECT 1 FROM event WHERE body IS NOT NULL AND lane = ? LIMIT 1'),
    forget: database.prepare('DELETE FROM lane_key WHERE lane = ?'),
    urgent: database.prepare('SELECT position, lane FROM event WHERE body IS NOT NULL AND rank = 0 ORDER BY position LIMIT ?'),
    fresh: database.prepare('SELECT position, lane FROM event WHERE body IS NOT NULL AND rank = 1 AND position > ? ORDER BY position LIMIT ?'),
    upTo: database.prepare('SELECT position, id, body, appended_ms FROM event WHERE body IS NOT NULL AND lane = ? AND position <= ? ORDER BY position LIMIT ?'),
  };

  /** The larger lane keeps its number, so that what is rewritten again and again is little. */
  function joined(lanes: readonly number[]): number | undefined {
    const [first, ...others] = lanes;
    if (first === undefined || others.length === 0) return first;
    const sized = lanes.map((lane) => ({ lane, events: integer(statements.events.get(lane) ?? {}, 'events') })).sort((a, b) => b.events - a.events);
    const [largest, ...rest] = sized.map(({ lane }) => lane);
    for (const lane of rest) {
      statements.moveEvents.run(largest ?? first, lane);
      statements.moveKeys.run(largest ?? first, lane);
    }
    return largest;
  }

  return {
    laneFor({ keys = keyless }, position) {
      const names = keys.map((key) => `=${key}`);
      const known = [everybody, ...names].flatMap((key) => {
        const row = statements.laneOf.get(key);
        return row ? [integer(row, 'lane')] : [];
      });
      const lane = joined([...new Set(known)]) ?? position;
      for (const name of names) statements.putKey.run(name, lane);
      return lane;
    },
    leave(lanes) {
      for (const lane of lanes) if (!statements.isUsed.get(lane)) statements.forget.run(lane);
    },
    ahead(after, limit) {
      const candidates = [...statements.urgent.all(limit), ...statements.fresh.all(after, limit)];
      const lastOf = new Map<number, number>();
      for (const row of candidates) lastOf.set(integer(row, 'lane'), Math.max(integer(row, 'position'), lastOf.get(integer(row, 'lane')) ?? 0));
      const share = evenShare(lastOf.size, limit);
      return [...lastOf].slice(0, limit).flatMap(([lane, position]) => statements.upTo.all(lane, position, share).map(bufferedEvent));
    },
  };
}

export function bufferedEvent(row: Row): BufferedEvent {
  return { position: integer(row, 'position'), id: text(row, 'id'), body: text(row, 'body'), appendedMs: integer(row, 'appended_ms') };
}
