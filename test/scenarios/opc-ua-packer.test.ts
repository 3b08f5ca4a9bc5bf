import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { repository } from '../../scripts/package-binary.ts';
import { loadLandscape } from '../../src/engine/releases/load.ts';
import { startEdge } from '../../src/run/edge.ts';
import { edgeDisk } from '../edge-disk.ts';
import { edgeHub } from '../edge-hub.ts';
import { startOpcUa } from '../opc-ua-process.ts';
import { until } from '../until.ts';

// examples/opc-ua-packer on the PackML nodeset of a foreign server.
const landscape = await loadLandscape(join(repository, 'examples', 'opc-ua-packer'));

test('the packer of the example is slow while it executes, and its owner hears of it, in packs per minute; in another PackML state nobody does', { timeout: 240_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lineshaft-packer-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await using server = await startOpcUa('--machinery', '--items', '0', '--uri', 'urn:packer-3');
  const say = (tag: string, type: string, value: unknown) => server.ask({ do: 'write', node: `Packer3-${tag}`, type, value });
  // Before the edge listens: what it was in before would be a state that it has left.
  await say('BaseStateMachine-CurrentState', 'LocalizedText', 'Suspended');
  await using hub = await edgeHub();
  const edge = await startEdge({
    landscape: {
      signals: landscape.of('signal').values(),
      rules: landscape.of('rule').values(),
      machines: landscape.of('machine').values(),
      sources: landscape.of('source').values(),
      limits: { 'slow.window': '1s', 'slow.sustained': '300ms', 'state.dwell': '300ms' },
      optionsOf: () => ({ url: server.url, security: 'none', intervalMs: 50 }),
    },
    openStore: async () => edgeDisk().open(),
    edgeName: 'linz-1',
    hubUrls: [hub.url],
    key: 'k',
    log: () => undefined,
    folder,
    trendIntervalMs: 50,
  });
  onTestFinished(edge.close);
  await say('Status-MachSpeed', 'Float', 7_200);
  let jitter = 0;
  const isJudged = async (): Promise<boolean> => {
    await say('Status-CurMachSpeed', 'Float', 3_960 + (jitter = 1 - jitter));
    return ((await edge.status()).rules[0]?.counts['taken'] ?? 0) > 300;
  };
  await until('many speeds are judged', isJudged, 120_000);
  expect(hub.log).toEqual([]);
  // A server tells what changes: that the speed stays is told by nobody, and holds all the same.
  await say('Status-CurMachSpeed', 'Float', 3_960);
  await say('BaseStateMachine-CurrentState', 'LocalizedText', 'Execute');
  await until('Execute at 3,960 for good', () => hub.log.length > 1, 120_000);
  const [changed, slow] = hub.log.toSorted((a, b) => (a.type < b.type ? -1 : 1));
  expect(changed).toMatchObject({ type: 'equipment.state.changed.v1', data: { asset: 'packer-3', from: 'Suspended', to: 'Execute' } });
  expect(slow).toMatchObject({ type: 'packer.slow.v1', data: { asset: 'packer-3', target: 120 } });
  expect(Number(Reflect.get(Object(slow?.data), 'speed'))).toBeCloseTo(66, 0);
  expect((await edge.status()).sources).toMatchObject([{ name: 'packer-3-server', connected: true, gaps: 0 }]);
});
