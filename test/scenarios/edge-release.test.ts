// An edge that takes its landscape from its hub: real processes, one release that is good and one that is not.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { copyLandscape, runningCommand, saidBy, type RunningCommand } from '../running-command.ts';
import { runningHub, type RunningHub } from '../running-hub.ts';
import { until } from '../until.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lineshaft-release-'));
  copyLandscape(join(import.meta.dirname, 'hang-edge-landscape'), folder);
  const environment = { sources: { tanks: { litres: [500, 60] } }, edge: { releases: { askEvery: '200ms', trial: '1s' } } };
  writeFileSync(join(folder, 'landscape', 'environments', 'test.yaml'), JSON.stringify(environment));
  // What the edge was installed with; the hub's folder changes.
  cpSync(join(folder, 'landscape'), join(folder, 'installed'), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

const rules = 'tanks.rule.ts';

/** A release of the hub's landscape in which a text is another one. */
function change(from: string, to: string): void {
  const file = join(folder, 'landscape', rules);
  const text = readFileSync(file, 'utf8');
  expect(text).toContain(from);
  writeFileSync(file, text.replace(from, to));
}

function edgeCommand(url: string, ...sub: readonly string[]): RunningCommand {
  const options = ['--landscape', 'installed', '--env', join('installed', 'environments', 'test.yaml'), '--data', 'state', '--hub', url];
  return runningCommand(['edge', ...sub, ...options], { cwd: folder });
}

interface EdgeSaid {
  readonly edge: string;
  readonly status: { readonly release: string; readonly sources: readonly { readonly connected: boolean }[] };
}

/** Resolves with the release that the edge says it runs, once that is the one that is asked for, or another one than `not`. */
async function releaseOf({ ask }: RunningHub, is: (release: string) => boolean): Promise<string> {
  return until(
    'the edge runs the release',
    async () => {
      // The hub's view of its edges.
      const [found] = (await (await ask('/api/edges')).json()) as readonly EdgeSaid[];
      return found?.status.sources.every(({ connected }) => connected) && is(found.status.release) ? found.status.release : undefined;
    },
    60_000,
  );
}

async function ownRelease({ ask }: RunningHub): Promise<string> {
  return ((await (await ask('/api/version')).json()) as { readonly release: string }).release;
}

test('an enrolled edge takes the release of its hub, and goes back by itself from one that is not healthy; the hub has that as a case', { timeout: 240_000 }, async () => {
  let port = '0';
  const startHub = async (): Promise<RunningHub> => {
    const hub = await runningHub({ folder, env: process.env, more: ['--port', port] });
    port = new URL(hub.url).port;
    return hub;
  };
  let url = '';
  {
    await using hub = await startHub();
    url = hub.url;
    const fingerprint = /"fingerprint":"([^"]+)"/.exec(hub.command.printed())?.[1] ?? '';
    expect(await edgeCommand(url, 'enrol', '--fingerprint', 'not-this-one').ended).toMatchObject({
      code: expect.toSatisfy((code) => code !== 0),
      stderr: expect.stringContaining(fingerprint),
    });
    expect(await edgeCommand(url, 'enrol', '--fingerprint', fingerprint).ended).toMatchObject({ code: 0, stdout: expect.stringContaining('Enrolled') });
  }
  await using edge = edgeCommand(url);
  await saidBy(edge, 'the edge is ready, with no hub', () => edge.printed().includes('"ready":true'));
  change('limit: 100', 'limit: 90');
  let healthy = '';
  {
    await using hub = await startHub();
    healthy = await ownRelease(hub);
    expect(await releaseOf(hub, (release) => release === healthy)).toBe(healthy);
    await saidBy(edge, 'it is used', () => edge.printed().includes('is healthy and is used from now on'));
  }
  change("sink.connected(true, 'The gauge is read.');", "throw new Error('the gauge is of another make');");
  await using hub = await startHub();
  const broken = await ownRelease(hub);
  expect(broken).not.toBe(healthy);
  const summary = await until(
    'the owner has a case',
    async () => {
      const cases = (await (await hub.ask('/api/exceptions')).json()) as readonly { readonly type: string; readonly summary: string }[];
      return cases.find(({ type }) => type === 'edge-release-refused')?.summary;
    },
    60_000,
  );
  expect(summary).toMatch(new RegExp(`${broken} .* is not used here: it does not start: the gauge is of another make`));
  expect(await releaseOf(hub, (release) => release === healthy)).toBe(healthy);
});
