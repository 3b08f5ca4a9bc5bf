import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { Fault } from '../../kernel/errors.ts';
import { virtualClock } from '../../kernel/virtual-clock.ts';
import { connectorSuite } from '../connector-suite.ts';
import type { TrytonChange, TrytonReply, TrytonRequest } from './request.ts';
import { tryton, type TrytonOptions } from './tryton.ts';
import { plain, trytonDate, trytonDecimal } from './wire-value.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const orders: TrytonRequest = { read: { orders: { model: 'production', where: [['number', '=', 'PO-1']], fields: ['state'] } } };
const run: TrytonChange = { model: 'production', where: [['number', '=', 'PO-1']], fields: ['state'], when: { state: ['assigned'] }, method: 'run' };
const toClose: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close();
});

connectorSuite(
  { describe, test, expect },
  {
    connector: tryton,
    async start() {
      const server = await lookalike();
      return {
        options: server.options,
        request: orders,
        silence: () => {
          server.behave = (call) => (isSignIn(call) ? undefined : 'silence');
          const before = server.calls.length;
          return server.until(() => server.calls.slice(before).some((call) => !isSignIn(call)));
        },
        deserted: () => server.until(() => server.sockets() === 0),
        close: () => server.close(),
      };
    },
  },
);

describe('a session', () => {
  test('is opened once for all who wait, and its preferences go with every call', async () => {
    const server = await lookalike();
    const send = await client(server.options);
    await Promise.all([send(orders), send(orders), send(orders)]);
    expect(server.calls.filter(({ method }) => method === 'common.db.login')).toHaveLength(1);
    const [read] = server.calls.filter(({ method }) => method.endsWith('search_read'));
    expect(read?.params.at(-1)).toMatchObject({ company: 7 });
    expect(read?.headers).toMatchObject({ authorization: `Session ${Buffer.from('lineshaft:2:key-1').toString('base64')}`, traceparent });
  });

  test('that is over is opened again, and the call that met its end is sent once more', async () => {
    const server = await lookalike();
    const send = await client(server.options);
    await send(orders);
    server.forget();
    expect((await send({ change: run })).kind).toBe('done');
    expect(server.calls.filter(({ method }) => method === 'common.db.login')).toHaveLength(2);
    expect(server.runs()).toBe(1);
  });

  test.each([
    [401, 'SYSTEM_DENIED'],
    [404, 'SYSTEM_DENIED'],
    [429, 'SYSTEM_BUSY'],
    [500, 'SYSTEM_UNREACHABLE'],
  ])('that is answered with %i means %s: nothing else was sent', async (status, code) => {
    const server = await lookalike();
    const send = await client(server.options);
    server.behave = (call) => (call.method === 'common.db.login' ? status : undefined);
    expect(await codeOf(send({ change: run }))).toBe(code);
    expect(server.calls.filter((call) => !isSignIn(call))).toEqual([]);
  });
});

describe('a read', () => {
  test('gives records in plain JSON, with the version that grows with each change', async () => {
    const server = await lookalike();
    server.record['planned_date'] = { __class__: 'date', year: 2026, month: 3, day: 9 };
    expect(await (await client(server.options))(orders)).toMatchObject({
      kind: 'records',
      us: { user: 2, employee: 5 },
      records: { orders: [{ id: 11, state: 'assigned', planned_date: '2026-03-09', _version: 1_795_367_745_346_426 }] },
    });
  });

  test('that finds more than it may hold is an error, never a part', async () => {
    const server = await lookalike();
    server.records = 3;
    const request: TrytonRequest = { read: { orders: { model: 'production', where: [], fields: [], recordsMax: 2 } } };
    expect(await codeOf((await client(server.options))(request))).toBe('REPLY_BROKEN');
  });
});

describe('a change', () => {
  test('is made on the record as it was read', async () => {
    const server = await lookalike();
    expect(await (await client(server.options))({ change: run })).toMatchObject({ kind: 'done', result: null, before: { id: 11, state: 'assigned' } });
    const [call] = server.calls.filter(({ method }) => method === 'model.production.run');
    expect(call?.params).toEqual([[11], { company: 7, employee: 5, _timestamp: { 'production,11': '1795367745.346426' } }]);
  });

  test.each([
    ['absent', { records: 0 }, {}],
    ['ambiguous', { records: 2 }, {}],
    ['not-now', {}, { when: { state: ['running'] } }],
    ['changed', {}, { version: 5 }],
  ] as const)('of what is "%s" is refused, and nothing is called', async (reason, world, more) => {
    const server = await lookalike();
    Object.assign(server, world);
    expect(await (await client(server.options))({ change: { ...run, ...more } })).toMatchObject({ kind: 'refused', reason });
    expect(server.runs()).toBe(0);
  });

  test("that breaks a rule of Tryton's is refused in Tryton's words", async () => {
    const server = await lookalike();
    server.behave = ({ method }) => (method.endsWith('.run') ? { error: ['UserError', ['The field "Date" is required.', '', null]] } : undefined);
    expect(await (await client(server.options))({ change: run })).toMatchObject({ kind: 'refused', reason: 'rule', message: 'The field "Date" is required.' });
  });

  test('that somebody was faster with is refused where a version was decided on', async () => {
    const server = await lookalike();
    server.behave = ({ method }) => (method.endsWith('.run') ? { error: ['ConcurrencyException', 'Records have been modified.'] } : undefined);
    expect(await (await client(server.options))({ change: { ...run, version: 1_795_367_745_346_426 } })).toMatchObject({ kind: 'refused', reason: 'changed' });
    expect(server.runs()).toBe(1);
  });

  test('that somebody was faster with is looked at again where only the state counts', async () => {
    const server = await lookalike();
    server.behave = ({ method }) => {
      if (!method.endsWith('.run')) return undefined;
      server.record['state'] = 'running';
      return { error: ['ConcurrencyException', 'Records have been modified.'] };
    };
    expect(await (await client(server.options))({ change: run })).toMatchObject({ kind: 'refused', reason: 'not-now' });
    expect(server.runs()).toBe(1);
  });

  test.each([
    ['an error of its own', { error: ['could not serialize access', 'Traceback …'] }],
    ['a server error', 500],
    ['a busy gateway', 503],
    ['something else', { hello: 1 }],
  ])('answered with %s has an unknown outcome', async (_what, answer) => {
    const server = await lookalike();
    server.behave = ({ method }) => (method.endsWith('.run') ? answer : undefined);
    expect(await codeOf((await client(server.options))({ change: run }))).toBe('OUTCOME_UNKNOWN');
  });

  test('whose record could not be read was certainly not made', async () => {
    const server = await lookalike();
    server.behave = ({ method }) => (method.endsWith('.search_read') ? 500 : undefined);
    expect(await codeOf((await client(server.options))({ change: run }))).toBe('SYSTEM_UNREACHABLE');
  });
});

describe("a warning of Tryton's", () => {
  const warning = { error: ['UserWarning', ['f00d.future', 'The moves are in the future.', '']] };
  const warned = (server: Lookalike) => {
    server.behave = ({ method }) => (method.endsWith('.run') && !server.accepted.has('f00d.future') ? warning : undefined);
  };

  test('asks for a person, and nothing is done', async () => {
    const server = await lookalike();
    warned(server);
    const fault = await faultOf((await client(server.options))({ change: run }));
    expect(fault).toMatchObject({ code: 'CONSENT_NEEDED', details: { question: 'f00d.future' } });
    expect(fault.message).toContain('The moves are in the future.');
    expect(server.accepted.size).toBe(0);
  });

  test('that its owner said yes to is accepted in the name of our user, and the change is made', async () => {
    const server = await lookalike();
    warned(server);
    expect((await (await client(server.options))({ change: run }, ['f00d.future'])).kind).toBe('done');
    expect(server.calls.find(({ method }) => method === 'model.res.user.warning.create')?.params[0]).toEqual([{ user: 2, name: 'f00d.future', always: false }]);
    expect(server.runs()).toBe(2);
  });

  test('is not accepted by a yes to another one', async () => {
    const server = await lookalike();
    warned(server);
    expect(await codeOf((await client(server.options))({ change: run }, ['beef.future']))).toBe('CONSENT_NEEDED');
  });
});

test('values come and go as Tryton writes them', () => {
  expect(plain([{ __class__: 'Decimal', decimal: '1.50' }, { __class__: 'timedelta', seconds: 90 }, trytonDate('2026-01-02T10:00:00Z')])).toEqual(['1.50', 90, '2026-01-02']);
  expect(plain({ __class__: 'datetime', year: 2026, month: 1, day: 2, hour: 3, minute: 4, second: 5, microsecond: 6 })).toBe('2026-01-02T03:04:05.000006Z');
  expect(trytonDecimal('0.10')).toEqual({ __class__: 'Decimal', decimal: '0.10' });
});

test.each([
  [{ url: 'http://erp.example:8000/company', credentials: { kind: 'password', username: 'l', password: 'p' } }, true],
  [{ url: 'http://erp.example:8000', credentials: { kind: 'password', username: 'l', password: 'p' } }, false],
  [{ url: 'http://erp.example/company' }, false],
])('options %j fit: %s', (given, fits) => expect(tryton.options.check(given)).toBe(fits));

interface Call {
  readonly method: string;
  readonly params: readonly unknown[];
  readonly headers: IncomingMessage['headers'];
}

/** A server that answers as Tryton does, with one order; `behave` gives another answer: a status, a body, or none at all. */
interface Lookalike {
  readonly options: TrytonOptions;
  readonly calls: readonly Call[];
  readonly record: Record<string, unknown>;
  readonly accepted: Set<string>;
  records: number;
  behave: (call: Call) => number | object | 'silence' | undefined;
  runs(): number;
  /** Sessions are over. */
  forget(): void;
  until(condition: () => boolean): Promise<void>;
  sockets(): number;
  close(): Promise<void>;
}

function isSignIn({ method }: Call): boolean {
  return method === 'common.db.login' || method === 'model.res.user.get_preferences';
}

async function lookalike(): Promise<Lookalike> {
  const calls: Call[] = [];
  const sockets = new Set<Socket>();
  let session = 0;
  let waiting: { readonly condition: () => boolean; readonly resolve: () => void }[] = [];
  const look = (): void => {
    for (const { resolve } of waiting.filter(({ condition }) => condition())) resolve();
    waiting = waiting.filter(({ condition }) => !condition());
  };

  function usual(call: Call): number | object {
    const { method, params } = call;
    if (method === 'common.db.login') return { result: [2, `key-${(session += 1)}`] };
    if (call.headers.authorization !== `Session ${Buffer.from(`lineshaft:2:key-${session}`).toString('base64')}`) return 401;
    if (method === 'model.res.user.get_preferences') return { result: { company: 7, employee: 5 } };
    if (method.endsWith('search_read')) return { result: Array.from({ length: server.records }, () => server.record) };
    const [given] = [params[0]].flat();
    if (method.endsWith('warning.create')) server.accepted.add(String(Object(given).name));
    return { result: null };
  }

  const http = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, params } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      const call: Call = { method, params, headers: request.headers };
      calls.push(call);
      const answer = server.behave(call) ?? usual(call);
      look();
      if (answer === 'silence') return;
      if (typeof answer === 'number') response.writeHead(answer).end();
      else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ id: 1, ...answer }));
    });
  });
  http.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket
      .on('error', () => undefined)
      .on('close', () => {
        sockets.delete(socket);
        look();
      });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  // A listening TCP server has an address object.
  const { port } = http.address() as AddressInfo;
  const server: Lookalike = {
    options: { url: `http://127.0.0.1:${port}/company`, credentials: { kind: 'password', username: 'lineshaft', password: 'secret' } },
    calls,
    record: { id: 11, state: 'assigned', _timestamp: '1795367745.346426' },
    accepted: new Set(),
    records: 1,
    behave: () => undefined,
    runs: () => calls.filter(({ method }) => method.endsWith('.run')).length,
    forget: () => void (session += 1),
    until: (condition) =>
      new Promise((resolve) => {
        waiting.push({ condition, resolve });
        look();
      }),
    sockets: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
  toClose.push(server.close);
  return server;
}

async function client(options: TrytonOptions) {
  const connection = await tryton.open(options, { clock: virtualClock(1_790_000_000_000), random: () => 0.5, system: 'erp', log: () => undefined });
  toClose.push(() => connection.close());
  return (request: TrytonRequest, accepted: readonly string[] = []): Promise<TrytonReply> =>
    connection.send(request, { signal: new AbortController().signal, timeoutMs: 5_000, traceparent, accepted });
}

async function faultOf(promise: Promise<unknown>): Promise<Fault> {
  const thrown = await promise.then(
    (value) => new Error(`answered ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (thrown instanceof Fault) return thrown;
  throw thrown;
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await faultOf(promise)).code;
}
