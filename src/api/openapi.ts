import { batchMax } from './cloud-event-message.ts';
import { faultTable } from './problem.ts';
import type { Need, Route } from './route.ts';
import { rolesWith } from '../engine/policy/role.ts';

type Json = Readonly<Record<string, unknown>>;

const problemSchema: Json = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code', 'help', 'instance'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string' },
    help: { type: 'string' },
    instance: { type: 'string' },
  },
};

const cloudEventSchema: Json = {
  type: 'object',
  required: ['specversion', 'id', 'source', 'type', 'data'],
  properties: {
    specversion: { const: '1.0' },
    id: { type: 'string' },
    source: { type: 'string' },
    type: { type: 'string' },
    time: { type: 'string', format: 'date-time' },
    traceparent: { type: 'string' },
    data: {},
  },
};

/** The API as OpenAPI 3.1, made from the routes themselves. */
export function openApi(routes: readonly Route[], about: { readonly version: string; readonly url: string }): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const each of routes) {
    const path = each.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [each.method.toLowerCase()]: operation(each) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Lineshaft hub', version: about.version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' }, description: faultText() },
    servers: [{ url: about.url }],
    security: [{ key: [] }, { session: [] }],
    paths,
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer' }, session: { type: 'apiKey', in: 'cookie', name: 'lineshaft-session' } },
      schemas: { Problem: problemSchema, CloudEvent: cloudEventSchema },
      responses: {
        Problem: { description: 'What is wrong and what to do (RFC 9457).', content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } },
      },
    },
  };
}

function operation(each: Route): Json {
  return {
    tags: [each.group],
    operationId: operationId(each),
    summary: each.summary,
    ...(each.right === 'open' || each.right === 'signed' ? { security: [] } : { description: `For: ${rolesWith(each.right).join(', ')}.` }),
    parameters: [...pathParameters(each), ...queryParameters(each)],
    ...requestBody(each),
    responses: { '2XX': success(each), default: { $ref: '#/components/responses/Problem' } },
  };
}

function operationId({ method, path }: Route): string {
  const words = path.split('/').filter((part) => part !== '' && part !== 'api');
  return [method.toLowerCase(), ...words.map((word) => word.replace(/^:/, 'by-').replaceAll('.', '-'))].join('-');
}

function pathParameters({ path }: Route): readonly Json[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } }));
}

function queryParameters({ query }: Route): readonly Json[] {
  const properties = query?.json['properties'];
  const required = query?.json['required'];
  if (typeof properties !== 'object' || properties === null) return [];
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', required: Array.isArray(required) && required.includes(name), schema: plain(schema) }));
}

function requestBody(each: Route): Json {
  if (each.path === '/api/events' && each.method === 'POST') {
    const one = { $ref: '#/components/schemas/CloudEvent' };
    return {
      requestBody: {
        required: true,
        content: {
          'application/cloudevents+json': { schema: one },
          'application/cloudevents-batch+json': { schema: { type: 'array', maxItems: batchMax, items: one } },
          'application/json': { schema: {} },
        },
      },
    };
  }
  if (each.right === 'signed') return { requestBody: { required: true, content: { 'application/json': { schema: {} } } } };
  return each.body
    ? { requestBody: { required: true, content: { 'application/json': { schema: each.needs.length > 0 ? bodySchema(each.body.json, each.needs) : plain(each.body.json) } } } }
    : {};
}

/** What a body must have, also where it is not its schema that says so. */
function bodySchema(given: Json, needs: readonly Need[]): unknown {
  const { properties = {}, required = [] } = plain(given) as Readonly<{ properties?: Readonly<Record<string, object>>; required?: readonly string[] }>; // a body with needs is an object
  const always = needs.flatMap(({ text, when }) => (when ? [] : [text]));
  const told = needs.flatMap(({ text, when }) =>
    when ? [{ anyOf: [{ properties: { [when[0]]: { not: { const: when[1] } } } }, { required: [text], properties: { [text]: { minLength: 1 } } }] }] : [],
  );
  return plain({
    ...given,
    ...(always.length > 0 && { required: [...required, ...always] }),
    properties: { ...properties, ...Object.fromEntries(always.map((text) => [text, { ...properties[text], minLength: 1 }])) },
    ...(told.length > 0 && { allOf: told }),
  });
}

function success({ gives }: Route): Json {
  return { description: 'Done.', ...(gives && { content: { 'application/json': { schema: plain(gives.json) } } }) };
}

/** A schema without what its builder hides in it. */
function plain(schema: unknown): unknown {
  return JSON.parse(JSON.stringify(schema));
}

function faultText(): string {
  return ['What a problem’s `code` means:', '', ...faultTable().map(({ code, status, help }) => `- \`${code}\` (${status}): ${help}`)].join('\n');
}
