import { useState, type ReactElement } from 'react';
import type { TriedView } from '../../../api/backtest-desk.ts';
import { post } from '../../api/client.ts';
import { refresh, useHub } from '../../api/hub-query.ts';
import { Age } from '../../parts/instant.tsx';
import { Failure, Loaded } from '../../parts/notice.tsx';
import { Status } from '../../parts/status.tsx';

const pollMs = 700;

interface TriedCardProps<View extends TriedView> {
  readonly title: string;
  /** Where the hub tells of it. */
  readonly path: string;
  /** What goes on while it runs. */
  readonly running: (view: View) => string;
  /** What came out; undefined where nothing did. */
  readonly done: (view: View) => ReactElement | undefined;
}

/** Something that somebody tries on what was recorded: while that runs, and when it is done. */
export function TriedCard<View extends TriedView>({ title, path, running, done }: TriedCardProps<View>): ReactElement {
  const [isOver, setIsOver] = useState(false);
  const query = useHub<View>(path, isOver ? {} : { everyMs: pollMs });
  const status = query.data?.status;
  if (!isOver && status !== undefined && status !== 'running') setIsOver(true);
  return (
    <section className="card rules-backtest" aria-labelledby="rules-tried">
      <div className="card-head">
        <h2 id="rules-tried">{title}</h2>
        {query.data && (
          <p className="small quiet">
            tried by {query.data.by} <Age ms={Date.parse(query.data.started)} />
          </p>
        )}
      </div>
      <Loaded query={query} height={20}>
        {(view) => (view.status === 'running' ? <Running path={path} words={running(view)} /> : (done(view) ?? <Nothing view={view} />))}
      </Loaded>
    </section>
  );
}

function Running({ path, words }: { readonly path: string; readonly words: string }): ReactElement {
  const [failure, setFailure] = useState<Error>();
  const cancel = async (): Promise<void> => {
    try {
      await post(`${path}/cancel`);
      await refresh(path);
    } catch (error) {
      setFailure(error instanceof Error ? error : new Error(String(error)));
    }
  };
  return (
    <div className="rules-running" role="status">
      <Status status="running">running</Status>
      <p>{words}</p>
      <button type="button" className="button" onClick={() => void cancel()}>
        Stop it
      </button>
      {failure && <Failure error={failure} />}
    </div>
  );
}

function Nothing({ view: { status, trouble } }: { readonly view: TriedView }): ReactElement {
  return (
    <p className="rules-problem" role="status">
      {status === 'cancelled' ? 'It was stopped.' : 'It could not be done.'} {trouble?.message}
    </p>
  );
}
