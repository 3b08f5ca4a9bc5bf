// A real hub with a certificate that runs out soon: who is told, and what becomes of it when it is renewed.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { authority } from '../../../test/certificates.ts';
import { until } from '../../../test/until.ts';
import { startHub, type Hub } from '../hub.ts';

const landscape = join(import.meta.dirname, '../../../test/scenarios/cells-landscape');
const dayMs = 24 * 3_600_000;
const ours = authority('Plant authority');
const metric = 'lineshaft_hub_certificate_expires_seconds';

function certificateFor(days: number) {
  return ours.issue({ name: 'hub', hosts: ['127.0.0.1'], to: new Date(Date.now() + days * dayMs) });
}

async function metricsOf(hub: Hub, key: string): Promise<string> {
  return new Promise((resolve, reject) => {
    // A connection of its own: what was put in place counts from the next one on.
    const asked = request(`${hub.url}/metrics`, { ca: ours.certificate, agent: false, headers: { authorization: `Bearer ${key}` } }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (more: string) => (text += more));
      answer.on('end', () => resolve(text));
    });
    asked.on('error', reject).end();
  });
}

test("a hub's own certificate is told of before it ends: a case once, a line at each start, a metric; and the metric follows its renewal", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lineshaft-tls-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const [certificate, key, environment] = ['hub.pem', 'hub.key', 'hub.json'].map((name) => join(folder, name)) as [string, string, string]; // three names
  const lay = (days: number): void => {
    const pair = certificateFor(days);
    writeFileSync(key, pair.key);
    writeFileSync(certificate, pair.certificate);
  };
  writeFileSync(environment, JSON.stringify({ tls: { hub: { certificate, key } } }));
  const lines: string[] = [];
  const start = async (): Promise<Hub> => {
    const options = { landscape, environment: [environment], secrets: undefined, dataDir: join(folder, 'data'), host: '127.0.0.1', port: 0 };
    return startHub({ ...options, log: (line) => void lines.push(line), onBug: (error) => expect(error).toBeUndefined() });
  };
  const told = () => lines.filter((line) => line.includes('The certificate of the hub (CN=hub)'));

  lay(5);
  const first = await start();
  const [opened, ...more] = await first.engine.store.exceptions({ limit: 10 });
  expect(more).toEqual([]);
  expect(opened).toMatchObject({
    type: 'hub-certificate-expires',
    status: 'open',
    summary: expect.stringMatching(/^The certificate of the hub \(CN=hub\) expires on \d{4}-\d\d-\d\d, in less than 7 days$/),
  });
  expect(opened?.owners).toHaveLength(1);
  expect(JSON.parse(opened?.evidence ?? '')).toMatchObject({ file: certificate, suggestions: [expect.stringContaining('"tls.hub"')] });
  expect(told()).toHaveLength(1);
  await first.close();

  const again = await start();
  onTestFinished(again.close);
  expect(await again.engine.store.exceptions({ limit: 10 })).toHaveLength(1);
  expect(told()).toHaveLength(2);
  // The hub's own file.
  const { admin } = JSON.parse(readFileSync(join(folder, 'data', 'keys.json'), 'utf8')) as { readonly admin: string };
  const daysLeft = async (): Promise<number> => (Number(new RegExp(`^${metric} (\\d+)`, 'm').exec(await metricsOf(again, admin))?.[1]) * 1_000 - Date.now()) / dayMs;
  expect(await daysLeft()).toBeGreaterThan(4);
  expect(await daysLeft()).toBeLessThan(6);
  lay(60);
  await until('the metric follows', async () => (await daysLeft()) > 50);
});

test('a hub whose certificate lasts, and one without, say nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lineshaft-tls-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const { certificate, key } = certificateFor(60);
  writeFileSync(join(folder, 'hub.pem'), certificate);
  writeFileSync(join(folder, 'hub.key'), key);
  writeFileSync(join(folder, 'tls.json'), JSON.stringify({ tls: { hub: { certificate: join(folder, 'hub.pem'), key: join(folder, 'hub.key') } } }));
  for (const environment of [[join(folder, 'tls.json')], []]) {
    const options = { landscape, environment, secrets: undefined, dataDir: join(folder, `data-${environment.length}`), host: '127.0.0.1', port: 0 };
    const lines: string[] = [];
    const hub = await startHub({ ...options, log: (line) => void lines.push(line), onBug: (error) => expect(error).toBeUndefined() });
    expect(await hub.engine.store.exceptions({ limit: 10 })).toEqual([]);
    expect(lines.filter((line) => line.includes('certificate'))).toEqual([]);
    await hub.close();
  }
});
