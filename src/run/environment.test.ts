import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { diskOf, followingOf, leaseMsOf, readEnvironment, recordingBoundsOf, redeliveryMsOf, type Environment } from './environment.ts';

async function read(environment: object): Promise<Environment> {
  const folder = mkdtempSync(join(tmpdir(), 'lineshaft-environment-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'edge.yaml');
  writeFileSync(file, JSON.stringify(environment));
  return readEnvironment([file], { secret: () => undefined, sealed: () => undefined, variable: () => undefined });
}

test('an edge has room for events besides its telemetry, also where only the telemetry is set', async () => {
  expect(diskOf({})).toEqual({ bytesMax: 1_100e6, eventsMax: 1_000_000 });
  expect(diskOf(await read({ telemetry: { megabytesMax: 5_000 } })).bytesMax).toBe(6_036e6);
  expect(diskOf(await read({ edge: { disk: { megabytesMax: 200, eventsMax: 5_000 } } }))).toEqual({ bytesMax: 200e6, eventsMax: 5_000 });
});

test.each([
  [{ disk: { megabytesMax: 15 } }, undefined, /edge\.disk\.megabytesMax is 15; give at least 16/],
  [{ disk: { eventsMax: 999 } }, undefined, /edge\.disk\.eventsMax is 999; give at least 1000/],
  [{ disk: { megabytesMax: 64 } }, 64, /telemetry\.megabytesMax \(64\) is all of edge\.disk\.megabytesMax \(64\)/],
])('%j is refused by name', async (edge, megabytesMax, words) => {
  const environment = await read({ edge, ...(megabytesMax !== undefined && { telemetry: { megabytesMax } }) });
  expect(() => diskOf(environment)).toThrow(expect.objectContaining({ code: 'ENVIRONMENT_INVALID', message: expect.stringMatching(words) }));
});

test('senders have twenty seconds after a start of the hub to deliver what came meanwhile, or what is set, ten minutes at most', async () => {
  expect(redeliveryMsOf({})).toBe(20_000);
  expect(redeliveryMsOf(await read({ redelivery: { within: '0s' } }))).toBe(0);
  const odd = await read({ redelivery: { within: '11m' } });
  expect(() => redeliveryMsOf(odd)).toThrow(
    expect.objectContaining({ code: 'ENVIRONMENT_INVALID', message: expect.stringContaining('redelivery.within is "11m"; give at most 10m') }),
  );
});

test('what nobody knows of an edge or of TLS is refused, and so is a span that is none', async () => {
  await expect(read({ edge: { disc: {} } })).rejects.toMatchObject({ code: 'ENVIRONMENT_INVALID' });
  await expect(read({ tls: { hub: { certificate: 'a.pem' } } })).rejects.toMatchObject({ code: 'ENVIRONMENT_INVALID' });
  const odd = await read({ edge: { releases: { trial: 'soon' } } });
  expect(() => followingOf(odd)).toThrow(expect.objectContaining({ code: 'ENVIRONMENT_INVALID', message: expect.stringContaining('edge.releases.trial') }));
  expect(followingOf({})).toEqual({ askEveryMs: 30_000, trialMs: 20_000 });
});

test('a recording is fetched within usual bounds, or those that are set, each within what can be asked for', async () => {
  expect(recordingBoundsOf({})).toEqual({ megabytes: 100, kilobytesPerSecond: 500 });
  expect(recordingBoundsOf(await read({ recordings: { kilobytesPerSecond: 64 } }))).toEqual({ megabytes: 100, kilobytesPerSecond: 64 });
  for (const recordings of [{ megabytes: 0 }, { megabytes: 2_001 }, { kilobytesPerSecond: 0.5 }, { rate: 5 }])
    await expect(read({ recordings })).rejects.toMatchObject({ code: 'ENVIRONMENT_INVALID', message: expect.stringContaining('recordings') });
});

test('a lease leaves five of the fifteen seconds in which another hub takes over', async () => {
  expect(leaseMsOf({})).toBe(10_000);
  expect(leaseMsOf(await read({ store: { url: 'postgres://db', shards: 4 } }))).toBe(10_000);
  expect(leaseMsOf(await read({ store: { url: 'postgres://db', lease: '3s' } }))).toBe(3_000);
});
