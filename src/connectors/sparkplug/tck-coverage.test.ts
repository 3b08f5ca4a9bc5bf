// Which assertions of the Sparkplug 3.0 specification a test of ours is named after, held against the list of all of them.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const list = resolve(root, process.env['LINESHAFT_VECTORS'] ?? '../shared/vectors', 'sparkplug/tck-ids.tsv');
const here = fileURLToPath(new URL('.', import.meta.url));
const tests = readdirSync(here).filter((file) => file.endsWith('.test.ts') && file !== 'tck-coverage.test.ts');

/** Ids in our test files; an id written as a template (`…-ndeath-${end}`) is taken by what it begins with. */
const named = new Set(tests.flatMap((file) => readFileSync(join(here, file), 'utf8').match(/tck-id-[A-Za-z0-9-]*[A-Za-z0-9-]/g) ?? []));
const isTested = (id: string) => named.has(id) || [...named].some((start) => start.endsWith('-') && id.startsWith(start));

/** Ids of assertions about what a host application does. */
const host =
  /host-(topic-phid|application|reordering)|phid-sparkplug|hid-sparkplug|termination-host-action|components-ph-state|conformance-primary-host|sparkplug-host-state|payloads-state|rebirth-(name|value|verb)$|ncmd-(qos|retain|seq|timestamp|verb|mqtt|payload|topic|metric)|birth-certificates-order|multiple-servers-state$/;
/** Why a host assertion needs no test of ours. */
const exempt: Readonly<Record<string, string>> = {
  'tck-id-message-flow-phid-sparkplug-clean-session-50': 'MQTT 5.0 is not spoken yet',
  'tck-id-operational-behavior-data-commands-rebirth-name': 'about the NBIRTH of an edge node',
  'tck-id-operational-behavior-data-commands-rebirth-value': 'about the NBIRTH of an edge node',
};

test.skipIf(!existsSync(list))('every assertion about host applications has a test of its name (skipped where LINESHAFT_VECTORS has no sparkplug/tck-ids.tsv)', () => {
  const ids = readFileSync(list, 'utf8')
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t')[0] ?? '')
    .filter((id) => id !== '');
  const untested = ids.filter((id) => host.test(id) && !isTested(id) && !Object.hasOwn(exempt, id));
  console.log(
    `Sparkplug 3.0: ${ids.filter(isTested).length} of ${ids.length} assertions tested; host assertions: ${ids.filter((id) => host.test(id)).length}, exempt ${Object.keys(exempt).length}.`,
  );
  expect(untested).toEqual([]);
  expect([...named].filter((id) => !id.endsWith('-') && !ids.includes(id))).toEqual([]);
  expect(Object.keys(exempt).filter((id) => !ids.includes(id) || isTested(id))).toEqual([]);
});
