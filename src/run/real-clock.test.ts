import { expect, test } from 'vitest';
import { until } from '../../test/until.ts';
import { clockOn } from './real-clock.ts';

const hourMs = 3_600_000;

/** A clock on a wall that a test can set. */
function settable() {
  let offsetMs = 0;
  const clock = clockOn({ wall: () => Date.now() + offsetMs, steady: () => performance.now() });
  return { clock, set: (ms: number) => void (offsetMs = ms) };
}

test('an alarm goes off soon after somebody has set the time forward over it', async () => {
  const { clock, set } = settable();
  let fired = false;
  clock.at(clock.now() + hourMs / 2, () => (fired = true));
  set(hourMs);
  await until('the alarm', () => fired, 5_000);
});

test('an alarm that came due while the time was wrongly set back does not sleep on when it is right again', async () => {
  const { clock, set } = settable();
  let fired = false;
  let looked = false;
  clock.at(clock.now() + 20, () => (fired = true));
  set(-hourMs);
  setTimeout(() => (looked = true), 100);
  await until('the alarm has come due and waits again', () => looked);
  expect(fired).toBe(false);
  set(0);
  await until('the alarm', () => fired, 5_000);
});

test('an alarm that was called off stays silent, whatever is done to the time', async () => {
  const { clock, set } = settable();
  let [fired, other] = [false, false];
  const cancel = clock.at(clock.now() + hourMs / 2, () => (fired = true));
  clock.at(clock.now() + hourMs / 2, () => (other = true));
  cancel();
  set(hourMs);
  await until('the other alarm', () => other, 5_000);
  expect(fired).toBe(false);
});

test('a pause lasts as long as it was asked for, however the time is set', async () => {
  const { clock, set } = settable();
  let [short, long] = [false, false];
  const cancel = clock.after(hourMs, () => (long = true));
  clock.after(50, () => (short = true));
  set(-hourMs);
  await until('the pause', () => short, 5_000);
  set(3 * hourMs);
  clock.after(700, () => (short = false));
  await until('another pause', () => !short, 5_000);
  expect(long).toBe(false);
  cancel();
});

test('alarms go off in the order of their times, and one that throws keeps none of the others', async () => {
  const { clock, set } = settable();
  const fired: string[] = [];
  const atMs = clock.now() + hourMs / 2;
  const thrown = new Promise<unknown>((resolve) => process.setUncaughtExceptionCaptureCallback(resolve));
  try {
    clock.at(atMs + 2, () => fired.push('late'));
    clock.at(atMs + 1, () => {
      throw new Error('in an alarm');
    });
    clock.at(atMs, () => fired.push('early'));
    clock.at(atMs, () => fired.push('as early, and set later'));
    set(hourMs);
    await until('the last alarm', () => fired.includes('late'), 5_000);
    expect(await thrown).toEqual(new Error('in an alarm'));
  } finally {
    process.setUncaughtExceptionCaptureCallback(null);
  }
  expect(fired).toEqual(['early', 'as early, and set later', 'late']);
});

test('an alarm that sets another one for the same moment does not keep everybody else waiting', async () => {
  const { clock } = settable();
  let others = 0;
  let times = 0;
  const again = (): void => {
    times += 1;
    if (others === 0) clock.at(clock.now(), again);
  };
  clock.at(clock.now(), again);
  setTimeout(() => (others += 1), 20);
  await until('another timer', () => others > 0, 5_000);
  expect(times).toBeGreaterThan(0);
});
