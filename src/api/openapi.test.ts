import { afterAll, beforeAll, expect, test } from 'vitest';
import { testHub, type TestHub } from '../../test/hub-for-test.ts';

type Body = Readonly<Record<string, unknown>>;

let hub: TestHub;
let bodies: ReadonlyMap<string, Body>;
beforeAll(async () => {
  hub = await testHub();
  const { paths } = (await hub.ask('/openapi.json')).json as {
    readonly paths: Readonly<Record<string, { readonly post?: { readonly requestBody?: { readonly content: Body } } }>>;
  };
  bodies = new Map(
    Object.entries(paths).flatMap(([path, { post }]): [string, Body][] => {
      const json = post?.requestBody?.content['application/json'];
      // Read below, where it must be what is expected.
      return json === undefined ? [] : [[path, (json as { readonly schema: Body }).schema]];
    }),
  );
});
afterAll(async () => hub.close());

const why = ['note', 'reason'] as const;

test.each([
  ['exceptions', 'note', ['resolve', 'accept', 'cancel', 'mark-done', 'edit', 'skip', 'compensate'], ['acknowledge', 'escalate', 'retry']],
  ['runs', 'reason', ['cancel', 'edit', 'skip'], ['retry']],
] as const)('what people do about %s says whether it needs a %s', (of, field, needed, free) => {
  const required = (deed: string): unknown => bodies.get(`/api/${of}/{id}/${deed}`)?.['required'];
  for (const deed of needed) expect([deed, required(deed)]).toEqual([deed, ['version', field]]);
  for (const deed of free) expect([deed, required(deed)]).toEqual([deed, ['version']]);
  const { properties } = bodies.get(`/api/${of}/{id}/${needed[0]}`) as { readonly properties: Readonly<Record<string, object>> };
  expect(properties[field]).toMatchObject({ type: 'string', minLength: 1, description: expect.stringContaining('Why') });
});

test('a live replay needs a reason, a dry one does not', () => {
  expect(bodies.get('/api/replays')).toMatchObject({
    required: ['mode'],
    allOf: [{ anyOf: [{ properties: { mode: { not: { const: 'live' } } } }, { required: ['reason'], properties: { reason: { minLength: 1 } } }] }],
  });
});

test('every body that takes a note or a reason says it where nothing is done without', () => {
  const open = [...bodies].flatMap(([path, { properties = {}, required = [], allOf }]) =>
    why.flatMap((field) => (Object.hasOwn(properties as object, field) && !(required as readonly string[]).includes(field) && allOf === undefined ? [path] : [])),
  );
  expect(open.toSorted()).toEqual(['/api/exceptions/{id}/acknowledge', '/api/exceptions/{id}/escalate', '/api/exceptions/{id}/retry', '/api/runs/{id}/retry']);
});
