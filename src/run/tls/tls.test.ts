// A real hub that serves TLS, and the edge's own client and uplink, with certificates made for the test.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { authority, type Pair } from '../../../test/certificates.ts';
import { until } from '../../../test/until.ts';
import { hubList } from '../../engine/edge/hub-list.ts';
import { openUplink, type Uplink } from '../../engine/edge/uplink.ts';
import { memoryEdgeStore } from '../../store/memory/memory-edge-store.ts';
import { startHub, type Hub } from '../hub.ts';
import { hubClient } from '../hub-client.ts';
import { realClock } from '../real-clock.ts';
import type { TlsPaths } from './tls-files.ts';

const landscape = join(import.meta.dirname, '../../../test/scenarios/cells-landscape');
const ours = authority('Plant authority');
const strangers = authority('Somebody else');
const long = { from: new Date('2020-01-01'), to: new Date('2020-02-01') };

let folder: string;
const ends: (() => unknown)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lineshaft-tls-'));
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** Writes the files of a pair, over those that are there; gives their paths. */
function lay(name: string, pair: Pair): { readonly certificate: string; readonly key: string } {
  const paths = { certificate: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) };
  writeFileSync(paths.key, pair.key);
  writeFileSync(paths.certificate, pair.certificate);
  return paths;
}

function layAuthority(name: string, { certificate }: Pair): string {
  const path = join(folder, `${name}.pem`);
  writeFileSync(path, certificate);
  return path;
}

/** A hub whose certificate is for 127.0.0.1 unless given, and that asks edges for one. */
async function secureHub(pair = ours.issue({ name: 'hub', hosts: ['127.0.0.1'] })): Promise<Hub> {
  const environment = join(folder, 'hub.json');
  const { certificate, key } = lay('hub', pair);
  writeFileSync(environment, JSON.stringify({ tls: { hub: { certificate, key, clients: layAuthority('clients', ours) } } }));
  const options = { landscape, environment: [environment], secrets: undefined, dataDir: join(folder, 'hub'), host: '127.0.0.1', port: 0 };
  const hub = await startHub({ ...options, log: () => undefined, onBug: (error) => expect(error).toBeUndefined() });
  ends.push(hub.close);
  return hub;
}

function edgeFiles(pair?: Pair, trusted: Pair = ours) {
  return { ...(pair && lay('edge', pair)), authority: layAuthority('trusted', trusted) };
}

interface RunningUplink extends Uplink {
  /** Until when the certificate that it shows is valid. */
  validToMs(): number | undefined;
  put(events: number): Promise<void>;
  depth(): Promise<number>;
}

let count = 0;
function uplinkTo(hub: Hub, paths: TlsPaths, { url = hub.url, key = '', name = 'edge-1' } = {}): RunningUplink {
  const store = memoryEdgeStore();
  const client = hubClient(paths);
  const uplink = openUplink({
    store,
    hubs: hubList([url]),
    send: client.send,
    key,
    clock: realClock,
    random: () => 0,
    probe: () => undefined,
    log: () => undefined,
    backoff: { firstMs: 5, maxMs: 50 },
  });
  ends.push(client.close, uplink.close);
  return {
    ...uplink,
    depth: store.depth,
    validToMs: client.validToMs,
    async put(events) {
      const append = Array.from({ length: events }, () => {
        const id = `event-${++count}`;
        const event = { specversion: '1.0', id, source: `/edge/${name}/cell-1`, type: 'cell.hot.v1', data: { cell: 'cell-1', turn: count } };
        return { id, body: JSON.stringify(event), appendedMs: 0 };
      });
      await store.commit({ states: new Map(), append });
      uplink.wake();
    },
  };
}

async function troubleOf(uplink: RunningUplink): Promise<string> {
  await uplink.put(1);
  return until('the uplink says what is wrong', () => uplink.status().trouble);
}

test('an edge with a certificate of the right authority needs no key, and the log knows its events by its name', async () => {
  const hub = await secureHub();
  const uplink = uplinkTo(hub, edgeFiles(ours.issue({ name: 'bremen-1' })), { name: 'bremen-1' });
  await uplink.put(3);
  await until('the events are taken', async () => (await uplink.depth()) === 0);
  expect((await hub.engine.store.eventsLatest({ limit: 10 })).map(({ principal }) => principal)).toEqual(['bremen-1', 'bremen-1', 'bremen-1']);
});

test('an edge whose certificate names another edge sends nothing in the name that it was started with: no event, no status, no trend', async () => {
  const hub = await secureHub();
  const files = edgeFiles(ours.issue({ name: 'other-name' }));
  const uplink = uplinkTo(hub, files, { name: 'edge-tls' });
  expect(await troubleOf(uplink)).toMatch(/is that of "other-name", and it is used as "edge-tls"\. Start the edge with --name other-name/);
  expect(await uplink.depth()).toBe(1);
  expect(await hub.engine.store.lastPosition()).toBe(0);
  const client = hubClient(files);
  ends.push(client.close);
  const report = (edge: string) =>
    client.send({
      url: `${hub.url}/api/trends`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ edge, points: [] }),
      signal: new AbortController().signal,
    });
  expect(await report('edge-tls')).toMatchObject({ status: 403, body: expect.stringContaining('other-name') });
  expect(await report('other-name')).toMatchObject({ status: 200 });
});

test('a hub that serves TLS and is asked over http is said to do so, with the address to name', async () => {
  const hub = await secureHub();
  const plain = hub.url.replace('https:', 'http:');
  expect(await troubleOf(uplinkTo(hub, {}, { url: plain }))).toContain(`speaks TLS (CN=hub), and it was asked over http. Name it with --hub ${hub.url}`);
});

test.each([
  ['no certificate', () => undefined, /takes edges by their certificate, and none was shown\. Put a certificate/],
  [
    'a certificate of another authority',
    () => strangers.issue({ name: 'edge-x' }),
    /CN=edge-x .* is not taken: it is signed by CN=Somebody else, and the hub trusts who is in .*clients\.pem/,
  ],
])('%s opens nothing, not with the right key either, and the refusal says what to do', async (_name, pair, words) => {
  const hub = await secureHub();
  // The hub's own file.
  const { edge: key } = JSON.parse(readFileSync(join(folder, 'hub', 'keys.json'), 'utf8')) as { readonly edge: string };
  expect(await troubleOf(uplinkTo(hub, edgeFiles(pair()), { key }))).toMatch(words);
  expect(await hub.engine.store.lastPosition()).toBe(0);
});

test.each([
  [
    'has expired',
    () => edgeFiles(ours.issue({ name: 'edge-1', ...long })),
    /The certificate \S+edge\.pem \(CN=edge-1\) expired on 2020-02-01\. Put a renewed one in its place; it is picked up without a restart/,
  ],
  ['does not belong to its key', () => edgeFiles({ ...ours.issue({ name: 'edge-1' }), key: ours.key }), /The key \S+edge\.key is not that of the certificate \S+edge\.pem/],
  ['is not there', () => ({ ...edgeFiles(), certificate: join(folder, 'none.pem'), key: join(folder, 'none.key') }), /The file \S+none\.(pem|key) cannot be read/],
])('an own certificate that %s is named with its file before anything is sent', async (_name, paths, words) => {
  const hub = await secureHub();
  expect(await troubleOf(uplinkTo(hub, paths()))).toMatch(words);
});

test('a hub whose certificate has expired, is for another name, or of a stranger gets nothing, and the words name the date, the names, the file', async () => {
  const expired = await secureHub(ours.issue({ name: 'hub', hosts: ['127.0.0.1'], ...long })).catch((error: unknown) => error);
  expect(expired).toMatchObject({ code: 'CERTIFICATE_UNFIT', message: expect.stringMatching(/hub\.pem \(CN=hub\) expired on 2020-02-01/) });
  const elsewhere = await secureHub(ours.issue({ name: 'hub', hosts: ['hub.plant.example'] }));
  const edge = ours.issue({ name: 'edge-1' });
  expect(await troubleOf(uplinkTo(elsewhere, edgeFiles(edge)))).toMatch(
    /certificate of the hub 127\.0\.0\.1:\d+ is for DNS:hub\.plant\.example, not for 127\.0\.0\.1\. Give the edge one of these names with --hub/,
  );
  expect(await troubleOf(uplinkTo(elsewhere, { ...lay('edge', edge), authority: layAuthority('others', strangers) }))).toMatch(
    /\(CN=hub, valid until \S+\) is signed by CN=Plant authority, and that is nobody in \S+others\.pem/,
  );
});

test('a hub that goes on with a certificate that has expired meanwhile is told so by its date', async () => {
  const { certificate: cert, key } = ours.issue({ name: 'old hub', hosts: ['127.0.0.1'], ...long });
  const server = createServer({ cert, key }, (_request, response) => response.end('{}'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  const client = hubClient(edgeFiles());
  ends.push(client.close);
  const sent = client.send({ url: `https://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`, headers: {}, body: '', signal: new AbortController().signal });
  await expect(sent).rejects.toMatchObject({
    code: 'CERTIFICATE_UNFIT',
    message: expect.stringMatching(/hub 127\.0\.0\.1:\d+ \(CN=old hub\) expired on 2020-02-01\. Put a renewed one in place at the hub/),
  });
});

test('certificates are replaced on both sides while events go up: none is lost or doubled, and nobody is started again', async () => {
  const hub = await secureHub();
  const uplink = uplinkTo(hub, edgeFiles(ours.issue({ name: 'edge-1' })));
  const [host = '', port = ''] = new URL(hub.url).host.split(':');
  const shownByHub = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect({ host, port: Number(port), ca: ours.certificate }, () => {
        resolve(String(socket.getPeerCertificate().subject.CN));
        socket.destroy();
      }).on('error', reject);
    });
  await uplink.put(20);
  expect(await shownByHub()).toBe('hub');
  // The key comes first: for a moment, the two do not belong together.
  const to = new Date(Math.floor(Date.now() / 1_000) * 1_000 + 200 * 24 * 3_600_000);
  const renewedEdge = ours.issue({ name: 'edge-1', to });
  writeFileSync(join(folder, 'edge.key'), renewedEdge.key);
  await uplink.put(20);
  writeFileSync(join(folder, 'edge.pem'), renewedEdge.certificate);
  lay('hub', ours.issue({ name: 'hub renewed', hosts: ['127.0.0.1'] }));
  let sent = 40;
  const isRenewed = async (): Promise<boolean> => {
    await uplink.put(5);
    sent += 5;
    return uplink.validToMs() === to.getTime() && (await shownByHub()) === 'hub renewed';
  };
  await until('both sides use what was put in place', isRenewed);
  await until('everything is taken', async () => (await uplink.depth()) === 0);
  expect(await hub.engine.store.lastPosition()).toBe(sent);
  expect(uplink.status()).toMatchObject({ acknowledged: sent, duplicates: 0 });
});

test('a hub at an IPv6 address is named with its brackets, and its certificate is looked at', async ({ skip }) => {
  const { certificate: cert, key } = ours.issue({ name: 'old hub', hosts: ['::1'], ...long });
  const server = createServer({ cert, key }, (_request, response) => response.end('{}'));
  const isListening = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false)).listen(0, '::1', () => resolve(true));
  });
  skip(!isListening, 'this machine has no IPv6');
  ends.push(() => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const client = hubClient(edgeFiles());
  ends.push(client.close);
  const ask = async (url: string): Promise<unknown> => client.send({ url, headers: {}, body: '', signal: new AbortController().signal });
  await expect(ask(`https://[::1]:${port}/`)).rejects.toMatchObject({ message: expect.stringContaining(`hub [::1]:${port} (CN=old hub) expired on 2020-02-01`) });
});
