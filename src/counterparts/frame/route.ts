// One thing a counterpart can be asked over HTTP, and the call that asks it.
import type { Answer } from './answer.ts';
import { fieldsOf } from './fields.ts';
import type { Fields } from './fields.ts';
import type { Act } from './frame.ts';

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Segments that begin with a colon are parameters. */
  readonly path: string;
  /** Needs no token. */
  readonly open?: boolean;
  /** Whether faults about commits strike it; usual: everything but GET. */
  readonly writes?: boolean;
  /** The body is a form (`application/x-www-form-urlencoded`), not JSON. */
  readonly form?: boolean;
  /** Who acts if no token says so. */
  readonly principal?: string;
  /** Decides at once; throws a Refusal to undo all of it. */
  handle(call: Call): Answer;
}

export interface Call extends Act {
  readonly query: URLSearchParams;
  readonly body: unknown;
  param(name: string): string;
  header(name: string): string | undefined;
  /** The body, refused unless it is an object with these fields only; `reference` is always allowed. */
  fields(allowed: readonly string[]): Fields;
}

export interface FoundRoute {
  readonly route: Route;
  readonly params: ReadonlyMap<string, string>;
}

/** The route for a request; `wrongMethod` when another method would have found one. */
export function findRoute(routes: readonly Route[], method: string, pathname: string): FoundRoute | 'wrongMethod' | undefined {
  const segments = pathname.split('/').map(decoded);
  const fitting = routes.flatMap((route) => {
    const params = paramsOf(route.path.split('/'), segments);
    return params === undefined ? [] : [{ route, params }];
  });
  return fitting.find(({ route }) => route.method === method) ?? (fitting.length > 0 ? 'wrongMethod' : undefined);
}

function paramsOf(pattern: readonly string[], segments: readonly string[]): Map<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const params = new Map<string, string>();
  for (const [index, expected] of pattern.entries()) {
    const segment = segments[index] ?? '';
    if (expected.startsWith(':')) params.set(expected.slice(1), segment);
    else if (expected !== segment) return undefined;
    if (segment === '' && expected !== '') return undefined;
  }
  return params;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    // Not percent-encoded text: it is what it is, and will match nothing.
    return segment;
  }
}

export function callOf(act: Act, found: FoundRoute, request: { readonly query: URLSearchParams; readonly body: unknown; header(name: string): string | undefined }): Call {
  return {
    ...act,
    query: request.query,
    body: request.body,
    header: request.header,
    param(name) {
      const value = found.params.get(name);
      if (value === undefined) throw new Error(`route ${found.route.path} has no parameter ${name}`);
      return value;
    },
    fields: (allowed) => fieldsOf(request.body, allowed.includes('reference') ? allowed : [...allowed, 'reference']),
  };
}
