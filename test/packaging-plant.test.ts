import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { opcUa } from 'lineshaft';
import { beforeAll, describe, expect, test } from 'vitest';
import { checkLandscape } from '../src/engine/check/check.ts';
import { loadLandscape } from '../src/engine/releases/load.ts';
import { isDuration } from '../src/kernel/duration.ts';
import type { Landscape } from '../src/model/landscape.ts';
import { readEnvironment, type Environment } from '../src/run/environment.ts';

const folder = fileURLToPath(new URL('../examples/packaging-plant/', import.meta.url));
const references = {
  secret: () => 'a-secret-of-16-b',
  sealed: () => 'a-secret-of-16-b',
  variable: (name: string) =>
    name === 'SMTP_URL' ? 'smtp://mail.plant.example:25' : name === 'MQTT_URL' ? 'mqtt://broker.plant.example:1883' : 'https://system.plant.example/api',
};

let landscape: Landscape;
beforeAll(async () => {
  landscape = await loadLandscape(folder);
});

test('the example landscape passes "lineshaft check"', () => {
  expect(checkLandscape(landscape.definitions)).toEqual([]);
});

describe.each(['production', 'demo', 'kill'])('the environment %s', (name) => {
  let environment: Environment;
  beforeAll(async () => {
    environment = await readEnvironment([`${folder}environments/${name}.yaml`], references);
  });

  test.each(['system', 'source'] as const)('gives every %s options that its connector takes', (kind) => {
    const given: Readonly<Record<string, unknown>> = (kind === 'system' ? environment.systems : environment.sources) ?? {};
    expect(Object.keys(given).sort()).toEqual([...landscape.of(kind).keys()].sort());
    for (const [entry, options] of Object.entries(given)) expect([entry, landscape.of(kind).get(entry)?.connector.options.difference(options)]).toEqual([entry, undefined]);
  });

  test('gives every webhook its secret, and no other', () => {
    expect(Object.keys(environment.webhooks ?? {}).sort()).toEqual([...landscape.of('webhook').keys()].sort());
  });

  test('sets only limits that exist, each to a value of its kind', () => {
    for (const [limit, value] of Object.entries(environment.limits ?? {})) {
      const declared = landscape.of('limit').get(limit)?.value;
      expect([limit, typeof declared]).toEqual([limit, typeof value]);
      if (typeof value === 'string') expect([limit, isDuration(value)]).toEqual([limit, true]);
    }
  });
});

test.each(['production', 'demo', 'kill'])('the environment %s with Tryton as the ERP differs in what concerns the ERP only', async (name) => {
  const others = async (example: string): Promise<readonly string[]> => {
    const text = await readFile(new URL(`../examples/${example}/environments/${name}.yaml`, import.meta.url), 'utf8');
    return text.split('\n').filter((line) => !/erp\.|ERP_/.test(line));
  };
  expect(await others('packaging-plant-tryton')).toEqual(await others('packaging-plant'));
});

test('the environment of a packer over OPC UA gives its server the options that the connector takes, and nothing else', async () => {
  const { sources, ...others } = await readEnvironment([fileURLToPath(new URL('../examples/packaging-plant-opcua/environments/packer.yaml', import.meta.url))], {
    ...references,
    variable: () => 'opc.tcp://packer-3.plant.example:4840',
  });
  expect(others).toEqual({});
  expect(Object.keys(sources ?? {})).toEqual(['packer-3-server']);
  expect(opcUa.options.difference(sources?.['packer-3-server'])).toBeUndefined();
});
