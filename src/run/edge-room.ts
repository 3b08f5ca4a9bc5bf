import { openRoom, type Room, type RoomParts } from '../engine/edge/room.ts';
import type { EdgeStore } from '../store/edge-store.ts';
import { edgeWalBytes } from '../store/sqlite/sqlite-edge-store.ts';
import { writeAheadLog, type WriteAheadLogBounds } from './write-ahead-log.ts';

export interface EdgeRoomParts extends Omit<RoomParts, 'store' | 'wal'> {
  readonly store: EdgeStore;
  /** The database of the store, where it has one. */
  readonly storeFile?: string | undefined;
}

/** Looks, of a second each, at which the write-ahead log may be long before it counts. */
const patience = 3;

/** The room of an edge, whose write-ahead log is watched, too. To be closed. */
export async function openEdgeRoom({ storeFile, ...parts }: EdgeRoomParts): Promise<Room> {
  if (storeFile === undefined) return openRoom(parts);
  const { clock, log, bytesMax, store } = parts;
  const looked: { room?: Room } = {};
  const wal = writeAheadLog({ file: storeFile, clock, log, bounds: edgeWalBounds(bytesMax), patience, onChange: () => void looked.room?.look() });
  const room = await openRoom({ ...parts, wal });
  looked.room = room;
  wal.start(async (look) => {
    await store.setNote('write-ahead log', String(look));
    await room.look();
  });
  return {
    ...room,
    async close() {
      wal.close();
      await room.close();
    },
  };
}

/** Twice of what it is cut back to it is told who reads, and from a quarter of the edge's disk on nothing new is judged. */
function edgeWalBounds(bytesMax: number): WriteAheadLogBounds {
  const usual = edgeWalBytes(bytesMax);
  return { toldBytes: 2 * usual, fullBytes: Math.max(4 * usual, Math.floor(bytesMax / 4)) };
}
