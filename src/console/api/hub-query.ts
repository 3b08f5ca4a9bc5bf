// What a room reads from the hub, kept, and read anew when the stream says that it changed.
import { useRef } from 'react';
import { QueryClient, useQueries, useQuery, type UseQueryResult } from '@tanstack/react-query';
import { get, Problem } from './client.ts';
import { listen, type LiveKind } from './live.ts';

/** At most so often, however much happens. */
const refreshMs = 400;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: 5 * 60_000,
      refetchOnWindowFocus: false,
      retry: (failures, error) => failures < 2 && !(error instanceof Problem && error.status >= 400 && error.status < 500),
      retryDelay: 800,
    },
  },
});

export interface HubQueryOptions {
  /** Which messages of the stream make the answer old; usual: none. */
  readonly on?: readonly LiveKind[];
  /** Also read anew after so long, milliseconds. */
  readonly everyMs?: number;
  readonly enabled?: boolean;
}

/** One GET of the hub. `data` stays while it is read anew, and when that fails. */
export function useHub<View>(path: string, { on = [], everyMs, enabled = true }: HubQueryOptions = {}): UseQueryResult<View, Error> {
  return useQuery<View>({
    queryKey: ['hub', path],
    queryFn: ({ signal }) => get<View>(path, signal),
    meta: { on },
    enabled,
    ...(everyMs === undefined ? {} : { refetchInterval: everyMs }),
  });
}

/**
 * Whether all of these were answered, or have failed, since the caller is shown; afterwards it stays so. What is drawn once all
 * is there does not jump as one answer comes after the other.
 */
export function useSettled(...queries: readonly { readonly isLoading: boolean }[]): boolean {
  const settled = useRef(false);
  settled.current ||= queries.every(({ isLoading }) => !isLoading);
  return settled.current;
}

/** Several GETs of the same kind, in the order of `paths`; what is not there yet, or failed, is left out of `data`. */
export function useHubs<View>(paths: readonly string[], { on = [] }: Pick<HubQueryOptions, 'on'> = {}): { readonly data: readonly View[]; readonly isLoading: boolean } {
  return useQueries({
    queries: paths.map((path) => ({ queryKey: ['hub', path], queryFn: async ({ signal }: { readonly signal: AbortSignal }) => get<View>(path, signal), meta: { on } })),
    combine: presentOf,
  });
}

function presentOf<View>(results: readonly { readonly data: View | undefined; readonly isLoading: boolean }[]): { readonly data: readonly View[]; readonly isLoading: boolean } {
  return { data: results.flatMap(({ data }) => (data === undefined ? [] : [data])), isLoading: results.some(({ isLoading }) => isLoading) };
}

/** Reads what was read so far anew; with `path`, only what starts with it. */
export async function refresh(path = ''): Promise<void> {
  await queryClient.invalidateQueries({ predicate: ({ queryKey }) => typeof queryKey[1] === 'string' && queryKey[1].startsWith(path) });
}

/** Lets the stream's messages age what they are about. Called once. */
export function followStream(): () => void {
  const due = new Set<LiveKind>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = (): void => {
    timer = undefined;
    const kinds = [...due];
    due.clear();
    void queryClient.invalidateQueries({ predicate: ({ meta }) => kinds.some((kind) => isOn(meta, kind)) });
  };
  const stop = listen(
    ({ kind }) => {
      due.add(kind);
      timer ??= setTimeout(flush, refreshMs);
    },
    () => void refresh(),
  );
  return () => {
    stop();
    clearTimeout(timer);
  };
}

function isOn(meta: Readonly<Record<string, unknown>> | undefined, kind: LiveKind): boolean {
  const on: unknown = meta?.['on'];
  return Array.isArray(on) && on.includes(kind);
}
