import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EdgeStatus } from '../../engine/edge/edge-status.ts';
import type { EdgeNotice } from '../../engine/edge/notice-board.ts';
import { bundled } from '../../engine/releases/bundle.ts';
import { releaseOf } from '../../engine/releases/release-files.ts';
import { fingerprintOf, isSigned, signedRelease, type SignedRelease } from '../../engine/releases/release-signature.ts';
import { Fault } from '../../kernel/errors.ts';
import { virtualClock } from '../../kernel/virtual-clock.ts';
import { until } from '../../../test/until.ts';
import { openEdgeSeat, type EdgeSeat } from './edge-seat.ts';
import { offeredRelease } from './offered.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');

function releaseWith(text: string): SignedRelease {
  const contents = new Map([['line.ts', Buffer.from(text)]]);
  const release = releaseOf(contents);
  return signedRelease(privateKey, release, bundled({ release, paths: [], contents }));
}

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lineshaft-seat-'));
  mkdirSync(join(dir, 'base'));
});
/** Those that nobody has closed. */
const seats = new Set<EdgeSeat>();
afterEach(async () => {
  // What a seat still does in its folder would meet that it has gone.
  for (const seat of seats) await seat.close();
  rmSync(dir, { recursive: true, force: true });
});

type Behaviour = { readonly connected?: boolean; readonly failing?: string; readonly throws?: string; readonly mute?: boolean };

/** A seat whose edges do as their release is told to; `life` is one process. */
function life(behaviours: ReadonlyMap<string, Behaviour> = new Map()) {
  const clock = virtualClock();
  let asked = 0;
  const started: string[] = [];
  const [told, logged]: [EdgeNotice[], string[]] = [[], []];
  let offer: SignedRelease | Fault | undefined;
  let open = 0;
  const start = async (folder: string) => {
    const name = folder.split(/[/\\]/).at(-1) ?? '';
    started.push(name);
    const { connected = true, failing, throws, mute = false } = behaviours.get(name) ?? {};
    if (throws !== undefined) throw new Error(throws);
    open += 1;
    // What a trial looks at; the rest of a status is of no matter to it.
    const status = {
      notices: told,
      sources: [{ name: 'press', connected, detail: 'as it is told' }],
      quarantine: failing === undefined ? [] : [{ address: `rule:${failing}`, reason: 'it threw.' }],
    } as unknown as EdgeStatus;
    const edge = {
      async status() {
        if (mute) throw new Fault('STORE_UNAVAILABLE', 'no word from the store.');
        return status;
      },
      tell: (notice: EdgeNotice) => void told.push(notice),
      close: async () => void (open -= 1),
    };
    return { edge, release: name };
  };
  const offered = async (): Promise<SignedRelease | undefined> => {
    asked += 1;
    if (offer instanceof Fault) throw offer;
    return offer;
  };
  return {
    started,
    told,
    logged,
    open: () => open,
    clock,
    /** Lets time pass until something holds; files take their own time. */
    passes: (what: string, look: () => boolean) =>
      until(what, async () => {
        await clock.advance(100);
        return look();
      }),
    async asksAgain(times: number) {
      const from = asked;
      await this.passes('the hub is asked again', () => asked >= from + times);
    },
    offer: (next: SignedRelease | Fault | undefined) => void (offer = next),
    async seat(): Promise<EdgeSeat> {
      const seat = await openEdgeSeat({
        dir: join(dir, 'releases'),
        folder: join(dir, 'base'),
        start,
        offered,
        clock,
        log: (message) => void logged.push(message),
        askEveryMs: 1_000,
        trialMs: 1_000,
      });
      const closed: EdgeSeat = {
        ...seat,
        async close() {
          seats.delete(closed);
          await seat.close();
        },
      };
      seats.add(closed);
      return closed;
    },
  };
}

beforeEach(() => mkdirSync(join(dir, 'releases')));
const good = releaseWith('export const one = 1;');
const next = releaseWith('export const two = 2;');

describe('a release that the hub offers', () => {
  test('is laid out, tried in the place of the one before, and used from then on, also after a start without any hub', async () => {
    const first = life();
    const seat = await first.seat();
    first.offer(good);
    await first.passes('it is used', () => first.logged.some((words) => words.includes('is used from now on')));
    expect([first.started, seat.release(), first.open()]).toEqual([['base', good.release], good.release, 1]);
    expect(first.told).toEqual([]);
    await seat.close();
    expect(first.open()).toBe(0);

    const offline = life();
    offline.offer(new Fault('SYSTEM_UNREACHABLE', 'no hub'));
    const again = await offline.seat();
    await offline.asksAgain(3);
    expect([offline.started, again.release()]).toEqual([[good.release], good.release]);
    expect(offline.logged).toHaveLength(1);
  });

  test('and is healthy ends the notice that one before it was refused', async () => {
    const one = life(new Map([[next.release, { throws: 'it cannot' }]]));
    const seat = await one.seat();
    one.offer(next);
    await one.passes('it is refused', () => one.told.length === 1);
    expect(one.told[0]?.untilMs).toBeUndefined();
    one.offer(good);
    await one.passes('it is over', () => one.told.length === 2);
    expect(one.told[1]).toMatchObject({
      id: `release-refused ${next.release}`,
      untilMs: expect.any(Number),
      text: expect.stringContaining(`it has taken the release ${good.release}`),
    });
    await seat.close();
  });

  test.each<[string, Behaviour, RegExp]>([
    ['does not start', { throws: 'the connector is none.' }, /it does not start: the connector is none\./],
    ['loses a source that was connected', { connected: false }, /the source press was connected before and is not within 1 s: as it is told/],
    ['tells nothing of itself', { mute: true }, /how it is cannot be told: no word from the store\./],
    ['has a rule that fails', { failing: 'too-hot' }, /rule too-hot fails: it threw\./],
  ])('and %s is given up for the one before, its owner is told why, and it is not tried again', async (_name, behaviour, words) => {
    const process = life(new Map([[next.release, behaviour]]));
    const seat = await process.seat();
    process.offer(good);
    await process.passes('the first one is used', () => seat.release() === good.release);
    process.offer(next);
    await process.passes('the second one is given up', () => process.told.length > 0);
    await process.asksAgain(4);
    expect(process.started).toEqual(['base', good.release, next.release, good.release]);
    expect([seat.release(), process.open()]).toEqual([good.release, 1]);
    expect(process.told).toMatchObject([{ kind: 'release-refused', text: expect.stringMatching(words) }]);
    expect(process.told[0]?.text).toContain(next.release);
    const third = releaseWith('export const three = 3;');
    process.offer(third);
    await process.passes('the third one is used', () => seat.release() === third.release && process.logged.at(-1)?.includes('from now on') === true);
    expect(process.started).toHaveLength(5);
    await process.asksAgain(1);
    expect(readdirSync(join(dir, 'releases'))).not.toContain(next.release);
  });

  test('and ends the process while it is on trial is given up at the next start', async () => {
    const before = life();
    await before.seat();
    before.offer(next);
    await before.passes('it is tried', () => before.started.length === 2); // nothing of this life is heard again

    const after = life();
    after.offer(next);
    const seat = await after.seat();
    await after.asksAgain(4);
    expect([after.started, seat.release()]).toEqual([['base'], 'base']);
    expect(after.told).toMatchObject([{ kind: 'release-refused', text: expect.stringContaining('ended while it was on trial') }]);
  });

  test('and proves good where the disk takes no note of it is used, its owner is told, and the note is made as soon as it can be', async () => {
    const process = life();
    const seat = await process.seat();
    process.offer(next);
    await process.passes('it is tried', () => process.started.length === 2);
    process.offer(undefined);
    const blocked = join(dir, 'releases', 'seat.json');
    rmSync(blocked);
    mkdirSync(join(blocked, 'in the way'), { recursive: true });
    await process.passes('it is used', () => process.logged.some((words) => words.includes('is used from now on')));
    await process.asksAgain(3);
    expect(seat.release()).toBe(next.release);
    expect(process.told).toMatchObject([
      { text: expect.stringMatching(/^The edge cannot note on which release it is: The file \S+seat\.json cannot be written: .*goes on with the one before$/) },
    ]);
    expect(process.logged.filter((words) => words.includes('cannot be written'))).toHaveLength(1);
    rmSync(blocked, { recursive: true });
    await process.asksAgain(2);
    await seat.close();
    const after = life();
    const again = await after.seat();
    expect([after.started, again.release(), after.told]).toEqual([[next.release], next.release, []]);
    await again.close();
  });

  test('and is on trial when the edge is stopped is tried again by the next process', async () => {
    const before = life(new Map([[good.release, { connected: false }]]));
    const stopped = await before.seat();
    before.offer(good);
    await before.passes('it is tried', () => before.open() === 1 && before.started.length === 2);
    await stopped.close();
    expect(before.open()).toBe(0);

    const after = life();
    after.offer(good);
    const seat = await after.seat();
    await after.passes('it is used', () => seat.release() === good.release);
    expect([after.started, after.told]).toEqual([['base', good.release], []]);
    await seat.close();
  });

  test('and is not the hub’s is not laid out, and told; the real one of that name is still taken', async () => {
    const process = life();
    const seat = await process.seat();
    process.offer(new Fault('RELEASE_NOT_SIGNED', `The release ${good.release} is not signed.`));
    await process.asksAgain(4);
    expect([process.started, process.told.map(({ kind }) => kind)]).toEqual([['base'], ['release-refused']]);
    expect(existsSync(join(dir, 'releases', good.release))).toBe(false);
    process.offer(good);
    await process.passes('the real one is used', () => seat.release() === good.release);
  });

  test('whose files were damaged on the disk of the edge is left for the landscape that it was started with', async () => {
    const first = life();
    await first.seat();
    first.offer(good);
    await first.passes('it is used', () => first.logged.some((words) => words.includes('is used from now on')));
    const damaged = life(new Map([[good.release, { throws: 'cannot be loaded' }]]));
    const seat = await damaged.seat();
    expect([damaged.started, seat.release()]).toEqual([[good.release, 'base'], 'base']);
  });

  test('a state that was cut short is no state', async () => {
    writeFileSync(join(dir, 'releases', 'seat.json'), '{"refused":[');
    expect((await life().seat()).release()).toBe('base');
  });
});

describe('a signature', () => {
  const stranger = generateKeyPairSync('ed25519');
  const answered = async (offer: unknown, status = 200) => {
    const send = async () => ({ status, retryAfter: undefined, body: JSON.stringify(offer) });
    const parts = { hubs: { current: () => 'http://hub' }, send, key: 'k', pin: publicKey, clock: virtualClock() };
    return offeredRelease(parts, 'aaaaaaaaaaaaaaaa', new AbortController().signal);
  };

  test('holds for these files under this name, of this key, and for nothing else', () => {
    expect(isSigned(publicKey, good)).toBe(true);
    for (const forged of [
      { ...good, body: `${good.body} ` },
      { ...good, release: next.release },
      { ...good, signature: next.signature },
      { ...good, signature: '' },
    ])
      expect(isSigned(publicKey, forged)).toBe(false);
    expect(isSigned(stranger.publicKey, good)).toBe(false);
    expect(fingerprintOf(publicKey)).toBe(fingerprintOf(privateKey));
    expect(fingerprintOf(publicKey)).not.toBe(fingerprintOf(stranger.publicKey));
  });

  test('of the hub is asked for: an answer without it, or with another one, is no release', async () => {
    expect(await answered(good)).toEqual(good);
    expect(await answered({ release: 'aaaaaaaaaaaaaaaa' })).toBeUndefined();
    await expect(answered(signedRelease(stranger.privateKey, good.release, good.body))).rejects.toMatchObject({ code: 'RELEASE_NOT_SIGNED' });
    await expect(answered({ release: good.release, body: good.body })).resolves.toBeUndefined();
    await expect(answered('<html>')).rejects.toMatchObject({ code: 'REPLY_BROKEN' });
    await expect(answered({}, 401)).rejects.toMatchObject({ code: 'SYSTEM_BUSY' });
  });
});
