import type { ServerResponse } from 'node:http';
import { Fault } from '../kernel/errors.ts';
import { parse, type Schema } from '../kernel/schema.ts';
import type { Principal } from '../engine/policy/key-ring.ts';
import type { Right } from '../engine/policy/role.ts';
import { jsonOf } from './json-body.ts';

/** Who may use a route: who has the right, everybody (`open`), or who signs the body (`signed`, checked by the route itself). */
export type RouteRight = Right | 'open' | 'signed';

/** A request as a route sees it, before anything of it is trusted. */
export interface RawCall {
  readonly principal: Principal;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly raw: Buffer;
  /** The address that it came from. */
  readonly from: string;
  /** The session of a signed-in browser. */
  readonly session: string | undefined;
}

/** A request whose query and body fit. */
export interface Call<Query, Body> extends Omit<RawCall, 'query'> {
  readonly query: Query;
  readonly body: Body;
}

export type Answer =
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      /** JSON; a text is sent as it is, with its own content type in `headers`. */
      readonly body: unknown;
    }
  /** Takes the response over. */
  | { readonly stream: (response: ServerResponse) => void };

/** A text of the body that whoever serves it refuses to do without, in words of its own, though its schema lets it be absent. */
export interface Need {
  readonly text: string;
  /** Only where that field of the body has that value. */
  readonly when?: readonly [field: string, value: string];
}

/** One route, described and served from the same data. */
export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly group: string;
  readonly summary: string;
  readonly right: RouteRight;
  readonly query: Schema<unknown> | undefined;
  readonly body: Schema<unknown> | undefined;
  readonly needs: readonly Need[];
  /** The shape of what a success gives. */
  readonly gives: Schema<unknown> | undefined;
  readonly bytesMax: number;
  serve(call: RawCall): Promise<Answer>;
}

const bytesDefault = 256 * 1024;

/** Declares a route; `query` and `body` are parsed here, once, and typed from there on. */
export function route<Query = undefined, Body = undefined>(spec: {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly group: string;
  readonly summary: string;
  readonly right: RouteRight;
  readonly query?: Schema<Query>;
  readonly body?: Schema<Body>;
  readonly needs?: readonly Need[];
  readonly gives?: Schema<unknown>;
  readonly bytesMax?: number;
  readonly serve: (call: Call<NoInfer<Query>, NoInfer<Body>>) => Promise<Answer>;
}): Route {
  const { query, body } = spec;
  return {
    ...spec,
    query,
    body,
    needs: spec.needs ?? [],
    gives: spec.gives,
    bytesMax: spec.bytesMax ?? bytesDefault,
    async serve(call) {
      // Without a schema the type is its default, undefined.
      const asked = (query ? parse(query, withNumbers(call.query, query), 'The query') : undefined) as Query;
      // The same holds for the body.
      const given = (body ? parse(body, jsonBody(call), 'The body') : undefined) as Body;
      return spec.serve({ ...call, query: asked, body: given });
    },
  };
}

export function ok(body: unknown): Answer {
  return { status: 200, body };
}

/** The first value of a header. */
export function header(call: Pick<RawCall, 'headers'>, name: string): string | undefined {
  const found = call.headers[name];
  return typeof found === 'string' ? found : found?.[0];
}

function jsonBody(call: RawCall): unknown {
  const type = header(call, 'content-type') ?? '';
  if (!/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(type))
    throw new Fault('MEDIA_NOT_TAKEN', `Send application/json, not ${type === '' ? 'a body without content type' : `"${type.slice(0, 100)}"`}.`);
  return jsonOf(call.raw);
}

/** A query holds texts; those that the schema wants as numbers become numbers. */
function withNumbers(query: Readonly<Record<string, unknown>>, shape: Schema<unknown>): unknown {
  const properties = shape.json['properties'];
  const isNumber = (name: string): boolean => {
    const property: unknown = typeof properties === 'object' && properties !== null ? Object.entries(properties).find(([known]) => known === name)?.[1] : undefined;
    return typeof property === 'object' && property !== null && 'type' in property && (property.type === 'integer' || property.type === 'number');
  };
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => [name, typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) && isNumber(name) ? Number(value) : value]),
  );
}
