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
  /host-(topic-phid|application|reordering)|phid-sparkplug|hid-sparkplug|termination-host-action|components-ph-state|conformance-primary-host|sparkplug-host-state|payloads-state|rebirth-(name|value|verb)$|[nd]cmd-(qos|retain|seq|timestamp|verb|mqtt|payload|topic|metric)|birth-certificates-order|multiple-servers-state$/;
/** Ids of assertions about what an edge node does. */
const edgeNode =
  /message-flow-(edge-node|device)|operational-behavior-(edge-node-(birth|intentional|termination-host-offline)|device|data-publish|data-commands-rebirth)|payloads-(nbirth|dbirth|ddata|ndata|ndeath|ddeath|alias|sequence|metric-(data|time)|name-|timestamp)|topics-(nbirth|dbirth|ndata|ddata|ndeath|ddeath)|principles-(rbe|birth|persist)/;
/** Why an assertion needs no test of ours. */
const ownNone = 'our edge node has no metrics of its own: each is of a device';
const exempt: Readonly<Record<string, string>> = {
  'tck-id-message-flow-phid-sparkplug-clean-session-50': 'MQTT 5.0 is not spoken yet',
  'tck-id-message-flow-device-dcmd-subscribe': 'our devices take no commands',
  'tck-id-operational-behavior-data-publish-nbirth-change': ownNone,
  'tck-id-operational-behavior-data-publish-nbirth-order': ownNone,
  'tck-id-payloads-nbirth-edge-node-descriptor': 'about the infrastructure',
  'tck-id-payloads-ndata-order': ownNone,
  'tck-id-payloads-ndata-qos': ownNone,
  'tck-id-payloads-ndata-retain': ownNone,
  'tck-id-payloads-ndata-seq': ownNone,
  'tck-id-payloads-ndata-seq-inc': ownNone,
  'tck-id-payloads-ndata-timestamp': ownNone,
  'tck-id-payloads-ndeath-will-message-publisher-disconnect-mqtt50': 'MQTT 5.0 is not spoken yet',
  'tck-id-principles-persistence-clean-session-50': 'MQTT 5.0 is not spoken yet',
  'tck-id-topics-nbirth-templates': 'no templates are published',
  'tck-id-topics-ndata-mqtt': ownNone,
  'tck-id-topics-ndata-payload': ownNone,
  'tck-id-topics-ndata-seq-num': ownNone,
  'tck-id-topics-ndata-timestamp': ownNone,
  'tck-id-topics-ndata-topic': ownNone,
};

/** Why what is neither about a host application nor about an edge node needs no test: whom it is about. The first that fits counts. */
const others: readonly (readonly [RegExp, string])[] = [
  [/conformance-mqtt-/, 'of an MQTT server'],
  [/payloads-template/, 'we publish no templates, and one that is received is no sample'],
  [/payloads-dataset/, 'we publish no datasets, and one that is received is no sample'],
  [/-dcmd-/, 'a host application that writes to devices'],
  [/case-sensitivity|edge-node-id-uniqueness|namespace-unique/, 'of whoever names groups, nodes, devices and metrics'],
  [/multiple-servers-(single-server|walk)/, 'of an edge node that knows more than one server; ours knows one'],
];

test.skipIf(!existsSync(list))('every other assertion has a test, or is about somebody else (skipped where LINESHAFT_VECTORS has no sparkplug/tck-ids.tsv)', () => {
  const rows = readFileSync(list, 'utf8').trimEnd().split('\n').slice(1);
  const ids = rows.map((line) => line.split('\t')[0] ?? '').filter((id) => !host.test(id) && !edgeNode.test(id));
  expect(ids.length).toBeGreaterThan(50);
  expect(ids.filter((id) => !isTested(id) && !Object.hasOwn(exempt, id) && !others.some(([about]) => about.test(id)))).toEqual([]);
  expect(others.filter(([about]) => !rows.some((line) => about.test(line)))).toEqual([]);
});

test.skipIf(!existsSync(list))(
  'every assertion about host applications and edge nodes has a test of its name (skipped where LINESHAFT_VECTORS has no sparkplug/tck-ids.tsv)',
  () => {
    const ids = readFileSync(list, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.split('\t')[0] ?? '')
      .filter((id) => id !== '');
    const ours = ids.filter((id) => host.test(id) || edgeNode.test(id));
    const untested = ours.filter((id) => !isTested(id) && !Object.hasOwn(exempt, id));
    console.log(
      `Sparkplug 3.0: ${ids.filter(isTested).length} of ${ids.length} assertions tested; of host applications ${ids.filter((id) => host.test(id)).length}, of edge nodes ${ids.filter((id) => edgeNode.test(id)).length}, exempt ${Object.keys(exempt).length}.`,
    );
    expect(untested).toEqual([]);
    expect([...named].filter((id) => !id.endsWith('-') && !ids.includes(id))).toEqual([]);
    expect(Object.keys(exempt).filter((id) => !ids.includes(id) || isTested(id))).toEqual([]);
  },
);
