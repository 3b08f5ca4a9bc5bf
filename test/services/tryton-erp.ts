// Tryton in the place of the simulated ERP: a door before it that passes every call on, and answers the questions that a play's director and
// verdict ask of any system. What it says of orders is read from Tryton's own tables, where a trigger keeps every change that was committed.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { worldFrom, type World, type WorldOverrides } from '../../src/counterparts/frame/world.ts';
import { at } from '../../src/counterparts/verdict/testimony.ts';
import type { OwnTrytond } from './own-trytond.ts';
import { query } from './own-postgres.ts';

/** A call of the hub's that changes something, as it comes by. */
export interface TrytonWrite {
  readonly method: string;
  readonly effect: string | undefined;
}

/** What the door does with a change. */
export type Meddling =
  /** Before it is passed on, e.g. somebody else is faster; or the server dies. */
  | { readonly when: 'before'; readonly act: (write: TrytonWrite) => Promise<void> }
  /** Tryton has committed; the hub has heard nothing, and hears nothing where `act` says so. */
  | { readonly when: 'committed'; readonly act: (write: TrytonWrite) => Promise<'lose the answer' | 'pass it on'> }
  /** It is not passed on, and the answer is a yes: 200 and null. */
  | { readonly when: 'never' };

export interface TrytonErp extends AsyncDisposable {
  readonly url: string;
  /** Makes the database of the next play: that takes longer than a play waits for a system to be set back. */
  makeReady(): Promise<void>;
  /** The database of the present play. */
  database(): string;
  /** For the next change of a method (`write`, `run`, `wait`), so many times. */
  meddle(method: string, meddling: Meddling, times?: number): void;
  /** The most calls of the hub's that were under way at once, in any play. */
  inFlightMax(): number;
  /** Changes that came by. */
  writes(): readonly TrytonWrite[];
  /** Every committed change of an order: who made it, and what of it. */
  changes(order: string): Promise<readonly { readonly by: string; readonly type: string; readonly plannedDate: string; readonly state: string }[]>;
  /** A statement on Tryton's tables. */
  sql(text: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Has an order be as somebody left it before the play; not kept as a change. */
  found(order: string, column: string, value: string): Promise<void>;
}

const changing = new Set(['write', 'create', 'delete', 'run', 'wait', 'assign_try', 'done', 'cancel']);

/** Every committed change of a production order, kept by the database itself. */
const audit = `
  CREATE TABLE lineshaft_audit (seq bigserial PRIMARY KEY, tx bigint, at timestamptz, number text, old jsonb, new jsonb, writer integer);
  CREATE FUNCTION lineshaft_audit() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN
    INSERT INTO lineshaft_audit (tx, at, number, old, new, writer) VALUES (txid_current(), clock_timestamp(), NEW.number, to_jsonb(OLD), to_jsonb(NEW), NEW.write_uid);
    RETURN NEW;
  END $body$;
  CREATE TRIGGER lineshaft_audit AFTER UPDATE ON production FOR EACH ROW EXECUTE FUNCTION lineshaft_audit();`;

/** Its times as milliseconds: the driver's own Date, as a text, says the second only, and a revision would be older than the outage before it. */
const auditRows = `SELECT a.*, floor(extract(epoch FROM a.at) * 1000)::float8 AS at_ms, u.login
  FROM lineshaft_audit a LEFT JOIN res_user u ON u.id = a.writer ORDER BY a.seq`;

interface Play {
  readonly database: string;
  readonly world: World;
}

export async function trytonErp(trytond: OwnTrytond): Promise<TrytonErp> {
  let play: Play | undefined;
  let ready: string | undefined;
  let writes: TrytonWrite[] = [];
  let traces = new Map<string, string>();
  let asked: Record<string, number> = {};
  let inFlight = 0;
  let inFlightMax = 0;
  let meddlings: { readonly method: string; readonly meddling: Meddling; left: number }[] = [];

  const current = (): Play => {
    if (!play) throw new Error('there is no play yet');
    return play;
  };
  const sql = (text: string) => query(trytond.tables(current().database), text);

  async function reset(wanted: unknown): Promise<void> {
    // Sent by the set of the simulated systems, whose type it has.
    const overrides = (at(wanted, 'overrides') ?? {}) as WorldOverrides;
    const world = worldFrom(Number(at(wanted, 'seed')), Number(at(wanted, 'epoch')), overrides);
    if (ready === undefined) throw new Error('no database is ready for this play');
    play = { database: ready, world };
    ready = undefined;
    writes = [];
    traces = new Map();
    asked = {};
    meddlings = [];
    await sql(worldInto(world));
    const orders = await sql('SELECT number, quantity::integer AS quantity FROM production');
    for (const { id, quantity } of [world.order, world.nextOrder]) {
      if (!orders.some((each) => each['number'] === id && each['quantity'] === quantity))
        throw new Error(`scripts/services/tryton-orders.json has not the ${quantity} of ${id} that the world has`);
    }
    await sql(audit);
  }

  async function makeReady(): Promise<void> {
    ready = await trytond.database();
    // Tryton loads a database with the first call to it.
    await fetch(`${trytond.url}/${ready}/`, {
      method: 'POST',
      body: '{"id":1,"method":"common.db.login","params":["nobody",{"password":"none"}]}',
      headers: { 'content-type': 'application/json' },
    });
  }

  async function ledger(wanted: URLSearchParams): Promise<readonly object[]> {
    const rows = await sql(auditRows);
    const entries = entriesOf(rows, writes, traces);
    const type = wanted.get('type');
    const since = Number(wanted.get('since') ?? 0);
    return entries.filter((entry) => (type === null || entry.type === type) && entry.seq > since);
  }

  async function control(request: IncomingMessage, url: URL, body: string): Promise<unknown> {
    switch (`${request.method ?? ''} ${url.pathname}`) {
      case 'POST /_reset':
        return reset(JSON.parse(body));
      case 'GET /_ledger':
        return ledger(url.searchParams);
      case 'GET /_world':
        return current().world;
      case 'GET /_stats':
        return { byRoute: asked };
      case 'GET /_stock':
        return { accounts: {}, moves: [] };
      default:
        throw new Error(`${request.method ?? ''} ${url.pathname} is nothing that Tryton can be asked`);
    }
  }

  async function passOn(request: IncomingMessage, response: ServerResponse, body: string): Promise<void> {
    const { method, params } = callIn(body);
    const name = method.split('.').at(-1) ?? '';
    const write: TrytonWrite | undefined = method.startsWith('model.') && changing.has(name) ? { method: name, effect: effectIn(params) } : undefined;
    if (method === 'model.sale.line.search_read') asked['GET /api/customer-orders'] = (asked['GET /api/customer-orders'] ?? 0) + 1;
    const meddling = write && method.startsWith('model.production.') ? meddlings.find((each) => each.method === name && each.left > 0) : undefined;
    if (meddling) meddling.left -= 1;
    if (write && method.startsWith('model.production.')) {
      writes.push(write);
      if (write.effect !== undefined && request.headers['traceparent'] !== undefined) traces.set(write.effect, String(request.headers['traceparent']));
    }
    if (write && meddling?.meddling.when === 'never') {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"id":1,"result":null}');
      return;
    }
    if (write && meddling?.meddling.when === 'before') await meddling.meddling.act(write);
    const { authorization } = request.headers;
    const answer = await fetch(`${trytond.url}/${current().database}/`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) },
    });
    const answered = await answer.text();
    if (write && meddling?.meddling.when === 'committed' && (await meddling.meddling.act(write)) === 'lose the answer') {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' }).end(answered);
  }

  const server = createServer((request, response) => {
    void (async () => {
      const body = await text(request);
      const url = new URL(request.url ?? '/', 'http://door.invalid');
      if (!url.pathname.startsWith('/_')) {
        inFlight += 1;
        inFlightMax = Math.max(inFlightMax, inFlight);
        return passOn(request, response, body).finally(() => {
          inFlight -= 1;
        });
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify((await control(request, url, body)) ?? {}));
    })().catch((error: unknown) => {
      // Where Tryton is dead its address refuses; so does the door.
      if (request.url?.startsWith('/_') && !response.headersSent) response.writeHead(500).end(String(error));
      else request.socket.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A listening TCP server has an address object.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    makeReady,
    database: () => current().database,
    meddle: (method, meddling, times = 1) => void meddlings.push({ method, meddling, left: times }),
    inFlightMax: () => inFlightMax,
    writes: () => writes,
    async changes(order) {
      const rows = await sql(auditRows);
      const transactions = Map.groupBy(
        rows.filter(({ number }) => number === order),
        ({ tx }) => tx,
      );
      return [...transactions.values()].map((each) => {
        const last = each.at(-1)?.['new'];
        return { by: String(each.at(-1)?.['login']), type: typeOf(each[0]?.['old'], last), plannedDate: String(at(last, 'planned_date')), state: String(at(last, 'state')) };
      });
    },
    sql,
    async found(order, column, value) {
      await sql(
        `ALTER TABLE production DISABLE TRIGGER lineshaft_audit; UPDATE production SET ${column} = ${value} WHERE number = '${order}'; ALTER TABLE production ENABLE TRIGGER lineshaft_audit`,
      );
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function callIn(body: string): { readonly method: string; readonly params: readonly unknown[] } {
  const call: unknown = JSON.parse(body);
  const params = at(call, 'params');
  return { method: String(at(call, 'method')), params: Array.isArray(params) ? params : [] };
}

/** The key that a change carries: in the reference that it writes, or in its context. */
function effectIn(params: readonly unknown[]): string | undefined {
  for (const param of params) {
    const [reference, lineshaft] = [at(param, 'reference'), at(param, 'lineshaft')];
    if (typeof lineshaft === 'string') return lineshaft;
    if (typeof reference === 'string') return reference.split(' ')[1];
  }
  return undefined;
}

/** The play's world, as planners and sellers would have put it into Tryton. */
function worldInto({ order, nextOrder, components, customerOrders }: World): string {
  const quoted = (value: string): string => `'${value.replaceAll("'", "''")}'`;
  const day = (instant: string): string => `DATE ${quoted(instant.slice(0, 10))}`;
  return [
    ...[order, nextOrder].map(
      ({ id, slotStart, slotEnd }) =>
        `UPDATE production SET reference = ${quoted(slotEnd)}, planned_date = ${day(slotEnd)}, planned_start_date = ${day(slotStart)} WHERE number = ${quoted(id)}`,
    ),
    ...customerOrders.flatMap(({ order: sale, shipBy, quantity }) => [
      `UPDATE sale_sale SET shipping_date = ${day(shipBy)} WHERE number = ${quoted(sale)}`,
      `UPDATE sale_line SET quantity = ${quantity} WHERE sale = (SELECT id FROM sale_sale WHERE number = ${quoted(sale)})`,
    ]),
    // Once there are moves, a line is delivered when they are planned.
    ...components.flatMap(({ purchaseOrder, neededAt }) => {
      const ofPurchase = `WHERE purchase = (SELECT id FROM purchase_purchase WHERE number = ${quoted(purchaseOrder)})`;
      return [
        `UPDATE purchase_line SET delivery_date_store = ${day(neededAt)} ${ofPurchase}`,
        `UPDATE stock_move SET planned_date = ${day(neededAt)} WHERE origin IN (SELECT 'purchase.line,' || id FROM purchase_line ${ofPurchase})`,
      ];
    }),
  ].join(';\n');
}

interface Entry {
  readonly seq: number;
  readonly type: string;
  readonly [part: string]: unknown;
}

/** One entry per transaction: a button writes the order several times. */
function entriesOf(rows: readonly Readonly<Record<string, unknown>>[], writes: readonly TrytonWrite[], traces: ReadonlyMap<string, string>): readonly Entry[] {
  const transactions = Map.groupBy(rows, ({ tx, number }) => `${String(tx)} ${String(number)}`);
  const count = new Map<string, number>();
  return [...transactions.values()].flatMap((each): readonly Entry[] => {
    const [first, last] = [each[0], each.at(-1)];
    if (!first || !last) return [];
    const { old: before } = first;
    const { new: after } = last;
    const type = typeOf(before, after);
    const nth = count.get(type) ?? 0;
    count.set(type, nth + 1);
    // A button leaves no text in the order: the nth time that it was done belongs to the nth effect that asked for it, or to the last.
    const effects = [...new Set(writes.filter(({ method }) => method === buttons[type]).map(({ effect }) => effect))];
    const reference = type === revised ? String(at(after, 'reference')).split(' ')[1] : (effects[nth] ?? effects.at(-1));
    const trace = reference === undefined ? undefined : traces.get(reference);
    return [
      {
        seq: Number(last['seq']),
        at: new Date(Number(last['at_ms'])).toISOString(),
        atMs: Number(last['at_ms']),
        system: 'erp',
        type,
        key: String(first['number']),
        keys: reference === undefined ? [] : [reference],
        principal: String(last['login']),
        ...(reference !== undefined && { reference }),
        data: { before: changeable(before), after: changeable(after), ...(trace !== undefined && { _trace: trace }) },
      },
    ];
  });
}

const revised = 'production-order.revised';
const buttons: Readonly<Record<string, string>> = { 'production-order.released': 'run', 'production-order.unreleased': 'wait' };

function typeOf(before: unknown, after: unknown): string {
  const [from, to] = [String(at(before, 'state')), String(at(after, 'state'))];
  if (from === to) return revised;
  if (from === 'assigned' && to === 'running') return 'production-order.released';
  return from === 'running' && to === 'waiting' ? 'production-order.unreleased' : `production-order.${from}-to-${to}`;
}

function changeable(order: unknown): object {
  const [time] = String(at(order, 'reference')).split(' ');
  const [date, state] = [String(at(order, 'planned_date')), at(order, 'state')];
  return { plannedEnd: time?.startsWith(date) ? time : date, quantity: at(order, 'quantity'), status: state === 'running' ? 'released' : state };
}
