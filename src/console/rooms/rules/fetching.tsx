import { LoaderCircle } from 'lucide-react';
import { useEffect, useRef, useState, type ReactElement } from 'react';
import type { RecordingView } from '../../../api/recordings.ts';
import { post, Problem } from '../../api/client.ts';
import { refresh, useHub } from '../../api/hub-query.ts';
import { progressWords } from './source-words.ts';

const pollMs = 700;

interface FetchingProps {
  readonly id: string;
  /** All of it is at the hub. */
  readonly onHere: () => void;
}

/** A recording on its way from an edge: how far it is, and a way to stop it. */
export function Fetching({ id, onHere }: FetchingProps): ReactElement {
  const path = `/api/recordings/${encodeURIComponent(id)}`;
  const [isOver, setIsOver] = useState(false);
  const query = useHub<RecordingView>(path, isOver ? {} : { everyMs: pollMs });
  const view = query.data;
  // What is under way is let go of when the hub is started again.
  const isGone = query.error instanceof Problem && query.error.status === 404;
  const isUnderWay = !isGone && (view === undefined || view.status === 'asked' || view.status === 'coming');
  if (!isOver && !isUnderWay) setIsOver(true);
  const isHere = view?.status === 'here';
  const told = useRef(false);
  useEffect(() => {
    if (!isHere || told.current) return;
    told.current = true;
    void refresh('/api/recordings');
    onHere();
  });
  const [problem, setProblem] = useState('');
  const stop = async (): Promise<void> => {
    try {
      await post(`${path}/cancel`);
      await refresh(path);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <div className="rules-fetching">
      <p role="status" className={isGone || view?.status === 'failed' ? 'rules-problem' : undefined}>
        {isUnderWay && <LoaderCircle aria-hidden="true" className="rules-turning" />}
        <span>{view && !isGone ? progressWords(view) : (query.error?.message ?? 'It is asked for …')}</span>
      </p>
      {view && isUnderWay && <progress aria-label={`Recording of ${view.edge}`} max={view.total ?? view.bytesMax} value={view.bytes} />}
      {view && isUnderWay && (
        <button type="button" className="button" onClick={() => void stop()}>
          Stop fetching
        </button>
      )}
      {problem !== '' && (
        <p className="rules-problem" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
