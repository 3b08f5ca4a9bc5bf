// What a room shows instead of its content: nothing yet, nothing at all, or no answer.
import { CloudOff, Inbox, SearchX } from 'lucide-react';
import type { ReactElement, ReactNode } from 'react';
import { Problem } from '../api/client.ts';
import { refresh } from '../api/hub-query.ts';

export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }): ReactElement {
  return (
    <div className="notice">
      <Inbox aria-hidden="true" />
      <h3>{title}</h3>
      {children !== undefined && <p>{children}</p>}
    </div>
  );
}

interface FailureProps {
  readonly error: Error;
  /** What to know beside it; usual: what the hub says. */
  readonly help?: string;
  /** What trying again is; usual: everything is read anew. */
  readonly onAgain?: () => void;
}

/** Why something cannot be shown, and the way on. */
export function Failure({ error, help = error instanceof Problem ? error.help : '', onAgain = () => void refresh() }: FailureProps): ReactElement {
  return (
    <div className="notice" data-tone="bad" role="alert">
      <CloudOff aria-hidden="true" />
      <h3>{error.message}</h3>
      {help !== '' && <p>{help}</p>}
      <button type="button" className="button" onClick={onAgain}>
        Try again
      </button>
    </div>
  );
}

/** What a page shows instead of itself where what it is of is not there, or cannot be read. */
export function NotThere({ error, title, children }: { readonly error: Error; readonly title: string; readonly children: ReactNode }): ReactElement {
  const isMissing = error instanceof Problem && error.status === 404;
  return (
    <div className="notice">
      {isMissing ? <SearchX aria-hidden="true" /> : <CloudOff aria-hidden="true" />}
      <h1>{isMissing ? title : 'This page cannot be read now'}</h1>
      <p>{isMissing ? children : error.message}</p>
      {!isMissing && (
        <button type="button" className="button" onClick={() => void refresh()}>
          Try again
        </button>
      )}
    </div>
  );
}

/** Holds the place of what is being read, so that nothing jumps when it comes. `height` in rem. */
export function Skeleton({ height, label = 'Being read' }: { readonly height: number; readonly label?: string }): ReactElement {
  return (
    <span className="skeleton" style={{ height: `${height}rem` }} role="status">
      <span className="visually-hidden">{label}</span>
    </span>
  );
}

interface LoadedProps<View> {
  readonly query: { readonly data: View | undefined; readonly error: Error | null };
  /** Height of the place that it takes, rem. */
  readonly height: number;
  readonly children: (view: View) => ReactNode;
}

/** The view when it is there (also an old one, while the hub is away), a skeleton before, the failure instead. */
export function Loaded<View>({ query, height, children }: LoadedProps<View>): ReactElement {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  return query.error ? <Failure error={query.error} /> : <Skeleton height={height} />;
}
