import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { Fault } from '../../kernel/errors.ts';
import { virtualClock } from '../../kernel/virtual-clock.ts';
import { badKeyLimit } from './bad-key-limit.ts';
import { keyHash, keyRing } from './key-ring.ts';
import { permits, roles, rolesWith } from './role.ts';
import { signatureFault } from './signature.ts';
import type { SessionRecord, SessionShelf } from './session-shelf.ts';
import { signIn } from './sign-in.ts';

const operator = { name: 'anna', role: 'operator' as const, system: undefined };

/** Keeps what a file would. */
function shelf(): SessionShelf {
  let sessions: readonly SessionRecord[] = [];
  return {
    kept: async () => sessions,
    keep: async (records) => {
      sessions = records;
    },
  };
}

function counted(): () => string {
  let made = 0;
  return () => `secret-${(made += 1)}`;
}

test('a key is found by its hash and by nothing else', () => {
  const ring = keyRing([
    { name: 'admin', role: 'admin', hash: keyHash('right') },
    { name: 'tms', role: 'system', system: 'tms', hash: keyHash('other') },
  ]);
  expect(ring.holder('right')).toEqual({ name: 'admin', role: 'admin', system: undefined });
  expect(ring.holder('other')).toEqual({ name: 'tms', role: 'system', system: 'tms' });
  for (const wrong of ['', 'Right', 'right ', keyHash('right'), 'x'.repeat(10_000)]) expect(ring.holder(wrong)).toBeUndefined();
});

test('a key record without a usable hash opens nothing', () => {
  expect(keyRing([{ name: 'broken', role: 'admin', hash: '' }]).holder('')).toBeUndefined();
});

test('only an edge sends trends, only an admin invites, and an edge reads nothing', () => {
  expect(rolesWith('send-trends')).toEqual(['edge']);
  expect(rolesWith('invite')).toEqual(['admin']);
  expect(roles.filter((role) => permits(role, 'read'))).toEqual(['admin', 'operator', 'viewer', 'system']);
  expect(rolesWith('act')).toEqual(['admin', 'operator']);
});

test('a sign-in code works once, and its session until it is over', async () => {
  const clock = virtualClock();
  const door = await signIn({ clock, shelf: shelf(), freshSecret: counted(), sessionMs: 60_000 });
  const { code } = door.invite(operator);
  expect(door.holder(code)).toBeUndefined();
  const [first, second] = await Promise.all([door.redeem(code), door.redeem(code)]);
  const session = first?.session ?? '';
  expect(second).toBeUndefined();
  expect(door.holder(session)).toEqual(operator);
  await clock.advance(60_000);
  expect(door.holder(session)).toBeUndefined();
});

test('a sign-in code is worth nothing after ten minutes, and a session nothing after signing out', async () => {
  const clock = virtualClock();
  const door = await signIn({ clock, shelf: shelf(), freshSecret: counted() });
  const late = door.invite(operator).code;
  await clock.advance(10 * 60_000);
  expect(await door.redeem(late)).toBeUndefined();
  const session = (await door.redeem(door.invite(operator).code))?.session ?? '';
  await door.signOut(session);
  expect(door.holder(session)).toBeUndefined();
});

test('sessions are bounded: the oldest makes room', async () => {
  const door = await signIn({ clock: virtualClock(), shelf: shelf(), freshSecret: counted(), sessionsMax: 2 });
  const [first, second, third] = await Promise.all([1, 2, 3].map(async () => (await door.redeem(door.invite(operator).code))?.session));
  expect([first, second, third].map((session) => door.holder(session ?? '') !== undefined)).toEqual([false, true, true]);
});

test('sessions outlive the process by their hashes; expired ones and signed-out ones do not', async () => {
  const clock = virtualClock();
  const kept = shelf();
  const before = await signIn({ clock, shelf: kept, freshSecret: counted(), sessionMs: 60_000 });
  const [over = '', out = ''] = await Promise.all([1, 2].map(async () => (await before.redeem(before.invite(operator).code))?.session));
  await clock.advance(59_000);
  const good = (await before.redeem(before.invite(operator).code))?.session ?? '';
  await before.signOut(out);
  await clock.advance(1_000);
  expect(JSON.stringify(await kept.kept())).not.toContain('secret-');
  const after = await signIn({ clock, shelf: kept, freshSecret: counted() });
  expect([good, over, out].map((session) => after.holder(session))).toEqual([operator, undefined, undefined]);
});

test('where sessions cannot be kept nobody is signed in or out, and both can be tried again', async () => {
  const kept = shelf();
  let full = true;
  const keep = (records: readonly SessionRecord[]) => (full ? Promise.reject(new Fault('STORE_UNAVAILABLE', 'full')) : kept.keep(records));
  const door = await signIn({ clock: virtualClock(), shelf: { ...kept, keep }, freshSecret: counted() });
  const { code } = door.invite(operator);
  await expect(door.redeem(code)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  full = false;
  const session = (await door.redeem(code))?.session ?? '';
  full = true;
  await expect(door.signOut(session)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(door.holder(session)).toEqual(operator);
  full = false;
  await door.signOut(session);
  expect([door.holder(session), await kept.kept()]).toEqual([undefined, []]);
});

test('wrong keys are slowed by place, and forgotten after the window', async () => {
  const clock = virtualClock();
  const limit = badKeyLimit({ clock, triesMax: 2, windowMs: 1_000, placesMax: 2 });
  expect([limit.note('a'), limit.note('a'), limit.note('a'), limit.note('b')]).toEqual([undefined, undefined, 1_000, undefined]);
  await clock.advance(1_000);
  expect(limit.note('a')).toBeUndefined();
  for (const place of ['c', 'd', 'e']) expect(limit.note(place)).toBeUndefined();
});

const body = Buffer.from('{"shipment":"SH-77"}');
const nowMs = 1_800_000_000_000;
function signed(secret: string, seconds: number): string {
  return createHmac('sha256', secret).update(`${seconds}.`).update(body).digest('hex');
}

test.each([
  ['a right one', `t=1800000000,v1=${signed('s', 1_800_000_000)}`, undefined],
  ['one of two, while a secret is replaced', `t=1800000000,v1=${'0'.repeat(64)},v1=${signed('s', 1_800_000_000)}`, undefined],
  ['another secret', `t=1800000000,v1=${signed('x', 1_800_000_000)}`, 'wrong'],
  ['another time than was signed', `t=1800000001,v1=${signed('s', 1_800_000_000)}`, 'wrong'],
  ['one of six minutes ago', `t=1799999640,v1=${signed('s', 1_799_999_640)}`, 'too old or too new'],
  ['one of the future', `t=1800000360,v1=${signed('s', 1_800_000_360)}`, 'too old or too new'],
  ['no hex', `t=1800000000,v1=zz`, 'malformed'],
  ['no time', `v1=${signed('s', 1_800_000_000)}`, 'malformed'],
  ['nothing', undefined, 'missing'],
])('the signature of a webhook: %s', (_name, header, fault) => {
  expect(signatureFault(header, 's', body, nowMs)).toBe(fault);
});
