import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { EdgeStatus } from '../../engine/edge/edge-status.ts';
import type { EdgeNotice } from '../../engine/edge/notice-board.ts';
import { unbundle } from '../../engine/releases/bundle.ts';
import type { SignedRelease } from '../../engine/releases/release-signature.ts';
import { sleep, type Clock } from '../../kernel/clock.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { writeWhole } from '../whole-file.ts';
import { readSeatState, refusedMax, type SeatState } from './seat-state.ts';
import { healthTrouble } from './trial.ts';

/** An edge that runs on one release. */
export interface SeatedEdge {
  status(): Promise<EdgeStatus>;
  /** Puts up what the owner has to know. */
  tell(notice: EdgeNotice): void;
  close(): Promise<void>;
}

export interface EdgeSeatParts {
  /** Where releases are laid out, and the state of the seat lies. */
  readonly dir: string;
  /** The landscape that the edge was started with. */
  readonly folder: string;
  /** Starts an edge on the landscape in a folder; gives its release too. Raises what is wrong with it. */
  readonly start: (folder: string) => Promise<{ readonly edge: SeatedEdge; readonly release: string }>;
  /** What the hub offers beside `have`; undefined where that is no other. Raises a Fault where it cannot be had, or is not signed. */
  readonly offered: (have: string, signal: AbortSignal) => Promise<SignedRelease | undefined>;
  readonly clock: Clock;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
  /** How often the hub is asked, and how long a release is on trial. */
  readonly askEveryMs?: number;
  readonly trialMs?: number;
}

/** Where one edge after another sits, each on the release that the hub offered, or on the one before where that was not healthy. */
export interface EdgeSeat {
  /** The edge that runs now. */
  edge(): SeatedEdge;
  release(): string;
  close(): Promise<void>;
}

const againMs = 2_000;

/**
 * Starts an edge on the release that it was on last, and takes over what the hub offers: laid out, started in the place of the one
 * before, and watched for a while. One that does not start or is not healthy is given up for the one before, and not tried again.
 */
export async function openEdgeSeat(parts: EdgeSeatParts): Promise<EdgeSeat> {
  const { dir, folder, start, offered, clock, log, askEveryMs = 30_000, trialMs = 20_000 } = parts;
  const file = join(dir, 'seat.json');
  let state = readSeatState(file);
  const closing = new AbortController();
  const folderOf = (release: string | undefined): string => (release === undefined ? folder : join(dir, release));

  let isUnsaved = false;
  /** Raises STORE_UNAVAILABLE, and changes nothing then. */
  function save(next: SeatState): void {
    try {
      writeWhole(file, next);
    } catch (error) {
      throw new Fault('STORE_UNAVAILABLE', `The file ${file} cannot be written: ${messageOf(error)}`, { file }, error);
    }
    state = next;
    isUnsaved = false;
  }

  const untold: EdgeNotice[] = [];
  const tell = (notice: EdgeNotice, sat: SeatedEdge | undefined): void => (sat ? sat.tell(notice) : void untold.push(notice));

  /** For what is so already, on whatever disk: it is written as soon as that can be, and its owner is told that a restart before does not know it. */
  function keep(next: SeatState, sat: SeatedEdge | undefined): void {
    try {
      save(next);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      state = next;
      if (isUnsaved) return;
      isUnsaved = true;
      log(`${error.message}; it is tried again.`, { urgent: true });
      tell(unsavedNotice(error, clock.now()), sat);
    }
  }

  function refuse(release: string, reason: string, sat: SeatedEdge | undefined): void {
    const { trial: _over, ...rest } = state;
    const atMs = clock.now();
    keep({ ...rest, refused: [...state.refused.filter((each) => each.release !== release), { release, reason, atMs }].slice(-refusedMax) }, sat);
    const text = `The release ${release} that the hub offered is not used here: ${reason}. The edge goes on with the one before`;
    const notice = {
      id: refusalId(release),
      kind: 'release-refused' as const,
      sinceMs: atMs,
      text,
      advice: 'Mend the landscape and start the hub on it: a release that was given up is not tried again, another one is.',
    };
    tell(notice, sat);
  }

  if (state.trial !== undefined) refuse(state.trial, "the edge's process ended while it was on trial", undefined);
  let seated = await firstSeated();
  for (const notice of untold) seated.edge.tell(notice);

  async function firstSeated(): ReturnType<typeof start> {
    if (state.current === undefined || !existsSync(folderOf(state.current))) return start(folder);
    try {
      return await start(folderOf(state.current));
    } catch (error) {
      log(`The release ${state.current} cannot be started (${messageOf(error)}); the edge goes on with the landscape in ${folder}.`, { urgent: true });
      return start(folder);
    }
  }

  async function takeOver({ release, body }: SignedRelease): Promise<void> {
    const before = { folder: seated.release === state.current ? folderOf(state.current) : folder, release: seated.release, status: await seated.edge.status() };
    await unbundle(body, release, join(dir, release)).catch((error: unknown) => {
      throw error instanceof Fault ? error : new Fault('STORE_UNAVAILABLE', `The release ${release} cannot be laid out in ${dir}: ${messageOf(error)}`, { dir, release }, error);
    });
    save({ ...state, trial: release });
    log(`The release ${release} is tried; ${before.release} is kept.`);
    await seated.edge.close();
    const reason = await tried(release, before.status);
    if (reason === undefined) {
      const { trial: _over, ...rest } = state;
      // Stopped before its time was over: it says nothing of the release, which is tried again.
      if (closing.signal.aborted) return keep(rest, seated.edge);
      keep({ ...rest, current: release, ...(state.current !== undefined && { previous: state.current }) }, seated.edge);
      await endRefusals(release);
      log(`The release ${release} is healthy and is used from now on.`);
      await prune();
      return;
    }
    seated = await startAgain(before.folder);
    refuse(release, reason, seated.edge);
  }

  /** What was refused before is of no more use to know. */
  async function endRefusals(release: string): Promise<void> {
    const { notices } = await seated.edge.status();
    const ids = new Set(state.refused.map((refused) => refusalId(refused.release)));
    const refusals = notices.filter(({ id, untilMs }) => ids.has(id) && untilMs === undefined);
    for (const notice of refusals) seated.edge.tell({ ...notice, untilMs: clock.now(), text: `${notice.text}; since then it has taken the release ${release}` });
  }

  /** What ran a moment ago runs again, as soon as whatever is in its way has gone. */
  async function startAgain(place: string): ReturnType<typeof start> {
    for (;;) {
      try {
        return await start(place);
      } catch (error) {
        if (closing.signal.aborted) throw error;
        log(`The edge cannot go back to its release yet (${messageOf(error)}); it is tried again.`, { urgent: true });
        await sleep(clock, againMs, closing.signal).catch(() => undefined); // closing: one last try
      }
    }
  }

  /** Why it is not used; undefined where it runs and is healthy, as far as it was watched. */
  async function tried(release: string, before: EdgeStatus): Promise<string | undefined> {
    let next: typeof seated;
    try {
      next = await start(join(dir, release));
    } catch (error) {
      // Its code is the landscape's: whatever it throws, the one before goes on.
      return `it does not start: ${messageOf(error).replace(/\.$/, '')}`;
    }
    const reason = await healthTrouble(next.edge, before, { clock, trialMs, signal: closing.signal }).catch(
      (error: unknown) => `how it is cannot be told: ${messageOf(error).replace(/\.$/, '')}`,
    );
    if (reason === undefined) seated = next;
    else await next.edge.close();
    return reason;
  }

  /** Only what is used and the one before stay; what cannot be removed is no reason to end what runs. */
  async function prune(): Promise<void> {
    const kept = new Set([state.current, state.previous, 'seat.json']);
    try {
      for (const name of await readdir(dir)) if (!kept.has(name)) await rm(join(dir, name), { recursive: true, force: true });
    } catch (error) {
      log(`Releases that are used no more cannot be removed from ${dir} (${messageOf(error)}); it is tried again with the next one.`);
    }
  }

  async function follow(): Promise<void> {
    let trouble = '';
    while (!closing.signal.aborted) {
      await sleep(clock, askEveryMs, closing.signal).catch(() => undefined); // closing: the loop ends
      if (closing.signal.aborted) return;
      if (isUnsaved) keep(state, seated.edge);
      try {
        const offer = await offered(seated.release, closing.signal);
        trouble = '';
        if (offer && !state.refused.some(({ release }) => release === offer.release)) await takeOver(offer);
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        if (error.message !== trouble) log(`The hub's release cannot be taken: ${error.message}`, { ...(error.code === 'RELEASE_NOT_SIGNED' && { urgent: true }) });
        // The real one may come under the same name: it is not given up, but its owner is told.
        if (error.code === 'RELEASE_NOT_SIGNED' && error.message !== trouble) seated.edge.tell(forgedNotice(error, clock.now()));
        trouble = error.message;
      }
    }
  }

  const following = follow();
  return {
    edge: () => seated.edge,
    release: () => seated.release,
    async close() {
      closing.abort();
      await following;
      await seated.edge.close();
    },
  };
}

function refusalId(release: string): string {
  return `release-refused ${release}`;
}

function unsavedNotice({ message }: Fault, nowMs: number): EdgeNotice {
  return {
    id: `release-refused unsaved ${nowMs}`,
    kind: 'release-refused',
    sinceMs: nowMs,
    text: `The edge cannot note on which release it is: ${message}. A restart before it can goes on with the one before`,
    advice: 'Give the disk of the edge room, and its user the right to write there. It is tried again by itself.',
  };
}

function forgedNotice({ message, help }: Fault, nowMs: number): EdgeNotice {
  return { id: `release-refused ${message}`.slice(0, 128), kind: 'release-refused', sinceMs: nowMs, text: message.replace(/\.$/, ''), advice: help };
}
