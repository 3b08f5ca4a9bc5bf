// What the machines that hub and edge run on can do to them: a clock that is set, a process that stands still, a disk that is full.
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { same } from '../../counterparts/verdict/row.ts';
import { messageOf } from '../../kernel/errors.ts';
import type { Act } from '../demo/scene.ts';
import { childName, type ActorName } from '../demo/stage.ts';
import { passed, placed, trouble, type Place } from './placed.ts';
import { onDiskOf, type Trial } from './trial.ts';

const hourMs = 3_600_000;
/** Shorter than a play, longer than anything in it. */
const stepMs = 4_000;
/** How long a clock is wrong, or a process stands still; longer than a system waits for us. */
const whileMs = 1_200;

/** Waits that are begun while a clock is wrong last by as much too long or too short; so only the edge, which waits for nothing, is set by hours. */
const clockTrials: readonly Trial[] = [
  clockTrial('hub', 'ahead and back', [stepMs, 0]),
  clockTrial('hub', 'back and ahead', [-stepMs, 0]),
  clockTrial('edge', 'ahead and back', [hourMs, 0]),
  clockTrial('edge', 'back and ahead', [-hourMs, 0]),
  clockTrial('edge', 'an hour ahead for good', [hourMs]),
  clockTrial('edge', 'an hour back for good', [-hourMs]),
];

function clockTrial(actor: ActorName, how: string, offsets: readonly number[]): Trial {
  return {
    fault: 'clock-step',
    mode: `${actor}, ${how}`,
    play: 'slow-line',
    options({ dataDir }) {
      const file = join(dataDir, `${actor}-clock`);
      const steps = clockSteps(actor, how, { file, offsets });
      return { variables: { [actor]: { LINESHAFT_CLOCK_FILE: file } }, change: (play) => placed(play, actor === 'edge' ? 'slow' : 'revised-once', [steps]) };
    },
  };
}

/** Sets a clock by each of these in turn, milliseconds; the process reads them from the file that LINESHAFT_CLOCK_FILE names. */
export function clockSteps(actor: ActorName, how: string, { file, offsets }: { readonly file: string; readonly offsets: readonly number[] }): Act {
  return trouble(`the clock of the ${actor} is set ${how}`, async () => {
    for (const offset of offsets) {
      writeFileSync(file, String(offset));
      await passed(whileMs / 2);
    }
    return undefined;
  });
}

const noSignals = (): string | undefined => (process.platform === 'win32' ? 'this system cannot make a process stand still' : undefined);

const standstills: readonly Trial[] = (
  [
    ['hub', 'slow', 'as the event comes'],
    ['hub', 'revised-once', 'while it sends'],
    ['edge', 'slow', 'as the line becomes slow'],
  ] as const
).map(([actor, place, when]) => ({
  fault: 'standstill',
  mode: `${actor}, ${when}`,
  play: 'slow-line',
  lacks: noSignals,
  options: () => ({ change: (play) => placed(play, place, [standstill(actor, when)]) }),
}));

function standstill(actor: ActorName, when: string): Act {
  return trouble(`the ${actor} stands still ${when}`, async ({ stage }) => {
    stage.signal(actor, 'SIGSTOP');
    await passed(whileMs);
    stage.signal(actor, 'SIGCONT');
    return undefined;
  });
}

/** A small file system of a process's own, which goes with it: the keys that were there before go into it. */
const unshare = ['unshare', '--user', '--map-root-user', '--mount'] as const;
const ownDisk = 'mkdir -p "$0" && cp -R "$0" "$0.seed" && mount -t tmpfs -o size=8m tmpfs "$0" && cp -R "$0.seed/." "$0" && exec "$@"';
const ballastBytes = 256 * 1024;
const greedMs = 20;

let reason: string | undefined | false = false;
function whyNoOwnDisk(): string | undefined {
  if (reason === false) {
    const can = process.platform === 'linux' && spawnSync(unshare[0], [...unshare.slice(1), 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()]).status === 0;
    reason = can ? undefined : 'a process may not mount a file system of its own here';
  }
  return reason;
}

const fullDisks: readonly Trial[] = (
  [
    ['hub', 'calm', 'before the event comes'],
    ['hub', 'revised-once', 'while it sends'],
    ['edge', 'calm', 'before the line becomes slow'],
  ] as const
).map(([actor, place, when]) => fullDisk(actor, place, when));

function fullDisk(actor: ActorName, place: Place, when: string): Trial {
  return {
    fault: 'disk-full',
    mode: `${actor}, ${when}`,
    play: 'slow-line',
    lacks: onDiskOf(actor, whyNoOwnDisk),
    options({ dataDir }) {
      const folder = join(dataDir, childName[actor]);
      let refusal = 'it took something';
      let greed: NodeJS.Timeout | undefined;
      const fill = trouble(`the disk of the ${actor} is full ${when}`, async ({ stage }) => {
        const file = ballastIn(stage.pid(actor), folder);
        fillUp(file);
        // Others on the disk take whatever is freed.
        greed = setInterval(() => existsSync(file) && fillUp(file), greedMs);
        return undefined;
      });
      const free = trouble('somebody makes room', async ({ stage }) => {
        if (actor === 'hub') refusal = await stage.ask('POST', '/api/events', { ...bulky, id: `full-${dataDir}` }).then(() => 'it took something', messageOf);
        await passed(whileMs);
        clearInterval(greed);
        const file = ballastIn(stage.pid(actor), folder);
        if (!existsSync(file)) return `the ${actor} lives on a full disk`;
        rmSync(file);
        return undefined;
      });
      return {
        within: { [actor]: [...unshare, 'sh', '-c', ownDisk, folder] },
        change(play) {
          const changed = place === 'calm' ? placed(placed(play, 'slow', [{ do: 'pause', for: 'detection' }, free]), 'calm', [fill]) : placed(play, place, [fill, free]);
          const looks = async () => [
            same('hub.lost.refusal', 'What did the hub do with an event while its disk was full?', 'refused it', isRefusal(refusal) ? 'refused it' : refusal),
          ];
          return { ...changed, ...(actor === 'hub' && { looks }) };
        },
      };
    },
  };
}

/** In so many words, or by an answer that did not come. */
function isRefusal(words: string): boolean {
  return /: 503 |timeout|aborted/i.test(words);
}

/** More than the room that a hub keeps free for what it has taken: a few words of it would still be taken, and kept. */
const bulky = {
  specversion: '1.0',
  source: '/chaos',
  type: 'shipment.appointment.moved.v1',
  data: { appointment: 'AP-0', shipment: 'SH-0', dock: 'D0', windowFrom: '2026-11-02T22:00:00.000Z', windowTo: '2026-11-02T23:00:00.000Z', reason: 'x'.repeat(64 * 1024) },
};

/** The process sees the file system at its folder; everybody else sees it through the process. */
function ballastIn(pid: number | undefined, folder: string): string {
  return `/proc/${pid ?? 0}/root${folder}/ballast`;
}

function fillUp(file: string): void {
  const descriptor = openSync(file, 'a');
  try {
    for (let bytes = ballastBytes; bytes >= 512;) {
      try {
        writeSync(descriptor, Buffer.alloc(bytes));
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
        bytes /= 2;
      }
    }
  } finally {
    closeSync(descriptor);
  }
}

export const machineTrials: readonly Trial[] = [...clockTrials, ...standstills, ...fullDisks];
