import { ArrowUp } from 'lucide-react';
import { memo, useEffect, useMemo, useRef, useState, type ReactElement } from 'react';
import { Link } from 'react-router';
import { Instant } from '../../parts/instant.tsx';
import { Empty, Skeleton } from '../../parts/notice.tsx';
import { StatusIcon } from '../../parts/status.tsx';
import { useZone } from '../../shell/plant.ts';
import { countWords } from '../../words/number.ts';
import { clockTime } from '../../words/time.ts';
import { holdBack, sentenceOf, statusOf, withIds, type NowMoment } from './moments.ts';
import { useOverview } from './use-overview.ts';
import { useTitles } from './use-plant.ts';

/** The newest moments. While somebody points at them or is in them by keyboard, nothing moves; newer ones wait above. */
export function Recent(): ReactElement {
  const { data: overview } = useOverview();
  const told = overview?.moments;
  const newest = useMemo(() => told && withIds(told), [told]);
  const [hold, setHold] = useState(false);
  const [, release] = useState(0);
  const last = useRef<readonly NowMoment[]>([]);
  const list = useRef<HTMLOListElement>(null);
  const { moments, held } = holdBack(last.current, newest ?? [], hold);
  useEffect(() => {
    last.current = moments;
  });
  const titleOf = useTitles();
  return (
    <section className="card now-recent" aria-labelledby="now-recent" onPointerEnter={() => setHold(true)} onPointerLeave={() => setHold(false)}>
      <div className="card-head">
        <h2 id="now-recent">What just happened</h2>
        {held > 0 && (
          <button
            type="button"
            className="now-held"
            onClick={() => {
              // Shows the newest once, and holds those from then on.
              last.current = [];
              release((count) => count + 1);
              list.current?.scrollTo({ top: 0 });
            }}
          >
            <ArrowUp aria-hidden="true" /> {countWords(held, 'newer', 'newer')}
          </button>
        )}
      </div>
      {newest === undefined ? (
        <Skeleton height={16} />
      ) : moments.length === 0 ? (
        <Empty title="Nothing has happened yet">Events and changes come here as they are recorded.</Empty>
      ) : (
        <ol className="now-moments" ref={list} tabIndex={0} aria-label="The newest moments" onFocus={() => setHold(true)} onBlur={() => setHold(false)}>
          {moments.map((moment) => (
            <MomentRow key={moment.id} moment={moment} systemTitle={titleOf(`system:${moment.system ?? ''}`)} />
          ))}
        </ol>
      )}
    </section>
  );
}

const MomentRow = memo(function MomentRow({ moment, systemTitle }: { readonly moment: NowMoment; readonly systemTitle: string | undefined }): ReactElement {
  const { atMs, kind, key, title } = moment;
  const zone = useZone();
  const { who, standing, what } = sentenceOf(moment, systemTitle, (ms) => clockTime(ms, zone));
  const status = statusOf(moment);
  return (
    <li className="now-moment" data-kind={kind}>
      <span className="now-moment-at">
        <Instant ms={atMs} />
        {key !== undefined && <Link to={`/orders/${encodeURIComponent(key)}`}>{key}</Link>}
      </span>
      <StatusIcon status={status} />
      <span className="now-moment-words" title={`${title} (${status})`}>
        {who !== '' && <strong>{who} </strong>}
        {standing !== '' && <em>{standing} </em>}
        {what}
        <span className="visually-hidden">, {status}</span>
      </span>
    </li>
  );
});
