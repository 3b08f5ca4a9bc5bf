// What a disk may hold after the power went: of each file what it held at its last sync, and of what was written to it later any part.
import { dirname } from 'node:path';
import type { DiskCall } from './recorder.ts';

/** Survivors of a power cut among what was not synced: `none`; or `any` sectors of any of the writes. */
export type Survivors = 'none' | 'any';

/** A disk tears a write between its sectors, not within them. Bytes. */
const sectorBytes = 512;

interface Inode {
  durable: Buffer;
  /** What was done to it since its last sync, in order. */
  pending: (readonly [at: number, bytes: Buffer] | number)[];
  /** As the process sees it. */
  current: Buffer;
}

type NameChange = { readonly folder: string; readonly name: string; readonly inode: Inode | undefined };

export interface Disk {
  apply(call: DiskCall): void;
  /** Contents by path as the process saw them last. */
  seen(): ReadonlyMap<string, Buffer>;
  /** Contents by path after a power cut; undefined where no file has that name any more. `random` gives numbers from 0 to 1. */
  afterCut(survivors: Survivors, random: () => number): ReadonlyMap<string, Buffer | undefined>;
}

/** A disk of which only what was made since the record began is known; the rest is left as it is. */
export function disk(): Disk {
  const names = new Map<string, Inode | undefined>();
  const durableNames = new Map<string, Inode | undefined>();
  const open = new Map<string, { readonly inode: Inode; at: number }>();
  /** Names that were given and taken since their folder was synced, in order. */
  let changes: NameChange[] = [];

  function name(path: string, inode: Inode | undefined): void {
    names.set(path, inode);
    changes.push({ folder: dirname(path), name: path, inode });
  }

  function settle(which: (change: NameChange) => boolean): void {
    const last = new Map<string, number>();
    for (const [index, change] of changes.entries()) {
      if (!which(change)) continue;
      durableNames.set(change.name, change.inode);
      last.set(change.name, index);
    }
    // What was done to a name before what lasts of it does not come after it.
    changes = changes.filter(({ name: path }, index) => index > (last.get(path) ?? -1));
  }

  function sync(path: string): void {
    const inode = names.get(path);
    // Journaling file systems keep a new file's name with its content.
    if (inode) {
      inode.durable = inode.current;
      inode.pending = [];
      settle((change) => change.inode === inode);
    } else settle(({ folder }) => folder === path);
  }

  function opened({ path, fd, creates, empties, appends }: Extract<DiskCall, { call: 'open' }>): void {
    const known = names.get(path);
    // It was there before.
    if (!known && !creates) return;
    const inode = known ?? { durable: Buffer.alloc(0), pending: [], current: Buffer.alloc(0) };
    if (!known) name(path, inode);
    else if (empties) change(inode, 0);
    open.set(fd, { inode, at: appends ? inode.current.length : 0 });
  }

  function written({ path, fd, at, bytes }: Extract<DiskCall, { call: 'write' }>): void {
    const held = open.get(fd);
    const inode = held?.inode ?? names.get(path);
    if (!inode) throw new Error(`something was written to ${path}, which nobody opened`);
    change(inode, [at ?? held?.at ?? 0, bytes]);
    if (held && at === undefined) held.at += bytes.length;
  }

  return {
    apply(call) {
      switch (call.call) {
        case 'open':
          return opened(call);
        case 'write':
          return written(call);
        case 'truncate': {
          const inode = names.get(call.path);
          return inode && change(inode, call.length);
        }
        case 'sync':
          return sync(call.path);
        case 'rename':
          name(call.to, names.get(call.from));
          return name(call.from, undefined);
        case 'unlink':
          return name(call.path, undefined);
      }
    },
    seen: () => new Map([...names].flatMap(([path, inode]) => (inode ? [[path, inode.current] as const] : []))),
    afterCut(survivors, random) {
      const last = new Map(durableNames);
      // Names change in the order of the file system's journal: what survives is a beginning of it.
      const kept = survivors === 'none' ? 0 : Math.floor(random() * (changes.length + 1));
      for (const { name: path, inode } of changes.slice(0, kept)) last.set(path, inode);
      for (const path of names.keys()) if (!last.has(path)) last.set(path, undefined);
      return new Map([...last].map(([path, inode]) => [path, inode && (survivors === 'none' ? inode.durable : torn(inode, random))] as const));
    },
  };
}

function change(inode: Inode, what: Inode['pending'][number]): void {
  inode.pending.push(what);
  inode.current = applied(inode.current, what);
}

function applied(content: Buffer, what: Inode['pending'][number]): Buffer {
  if (typeof what === 'number') return what <= content.length ? content.subarray(0, what) : Buffer.concat([content, Buffer.alloc(what - content.length)]);
  const [at, bytes] = what;
  const whole = Buffer.alloc(Math.max(content.length, at + bytes.length));
  content.copy(whole);
  bytes.copy(whole, at);
  return whole;
}

/** Of each write since the last sync nothing, all, or some of its sectors. */
function torn({ durable, pending }: Inode, random: () => number): Buffer {
  let content = durable;
  for (const what of pending) {
    const fate = random();
    if (fate < 1 / 3) continue;
    if (fate < 2 / 3 || typeof what === 'number') content = applied(content, what);
    else for (const sector of sectorsOf(what)) if (random() < 1 / 2) content = applied(content, sector);
  }
  return content;
}

function sectorsOf([at, bytes]: readonly [number, Buffer]): readonly (readonly [number, Buffer])[] {
  const sectors: (readonly [number, Buffer])[] = [];
  for (let from = 0; from < bytes.length;) {
    const to = Math.min(bytes.length, from + sectorBytes - ((at + from) % sectorBytes));
    sectors.push([at + from, bytes.subarray(from, to)]);
    from = to;
  }
  return sectors;
}
