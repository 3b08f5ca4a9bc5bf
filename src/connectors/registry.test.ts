import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { optionNameFindings } from './connector-suite.ts';
import * as registry from './index.ts';

const connectors = Object.values(registry);

describe('each registered connector', () => {
  test.each(connectors.map((connector) => [connector.name, connector] as const))('%s calls its options by their canonical names', (_name, connector) => {
    expect(optionNameFindings(connector)).toEqual([]);
  });

  test.each(connectors.map(({ name }) => name))('%s has its page in docs/connectors', (name) => {
    expect(existsSync(new URL(`../../docs/connectors/${name}.md`, import.meta.url))).toBe(true);
  });

  test('has a name of its own', () => {
    expect(new Set(connectors.map(({ name }) => name)).size).toBe(connectors.length);
  });
});

test.each(['host', 'uri', 'endpoint', 'baseUrl', 'topic', 'auth', 'pollMs', 'batchSize'])('an option called "%s" is refused as a synonym', (name) => {
  expect(optionNameFindings({ name: 'x', options: { json: { properties: { [name]: {} } } } })).toHaveLength(1);
});
