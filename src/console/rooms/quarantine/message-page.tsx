import { ArrowLeft } from 'lucide-react';
import { useEffect, useRef, type ReactElement } from 'react';
import { Link } from 'react-router';
import type { QuarantineDecision, QuarantineDetail } from '../../../api/quarantine.ts';
import { useHub } from '../../api/hub-query.ts';
import { Instant } from '../../parts/instant.tsx';
import { Loaded, NotThere } from '../../parts/notice.tsx';
import { Payload } from '../../parts/payload.tsx';
import { PlantText } from '../../parts/plant-text.tsx';
import { Status } from '../../parts/status.tsx';
import { useTitles } from '../../shell/titles.ts';
import { KeyLink } from '../exceptions/fact-value.tsx';
import { labelOf } from '../exceptions/facts.ts';
import { DecisionForm } from './decision-form.tsx';
import { fitWords, stateOf, titleOf, waitingWords } from './quarantine-words.ts';

/** Runs that are listed. */
const waitingMax = 20;
const everyMs = 5_000;

/** One message: what came, why it was refused, what waits for it, what can be done, and what became of it. */
export function MessagePage({ message, backTo }: { readonly message: string; readonly backTo: string }): ReactElement {
  const query = useHub<QuarantineDetail>(`/api/quarantine/${encodeURIComponent(message)}`, { on: ['exception', 'run'], everyMs });
  return (
    <div className="quar">
      <Link className="quar-back small" to={backTo}>
        <ArrowLeft aria-hidden="true" />
        All messages
      </Link>
      {query.error && !query.data ? (
        <NotThere error={query.error} title={`No message “${message}” lies in quarantine`}>
          It may have been let go with the retention of the hub, or be older than the newest 10,000.
        </NotThere>
      ) : (
        <Loaded query={query} height={40}>
          {(detail) => <Whole detail={detail} />}
        </Loaded>
      )}
    </div>
  );
}

function Whole({ detail }: { readonly detail: QuarantineDetail }): ReactElement {
  const heading = useRef<HTMLHeadingElement>(null);
  // Whoever listens or uses the keyboard alone comes to the page that was opened.
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  const { look, words } = stateOf(detail);
  const { source, reason, at, principal, decision, state } = detail;
  return (
    <article className="quar-message" aria-labelledby="quar-headline">
      <header className="quar-head">
        <p className="exc-row-line">
          <Status status={look}>{words}</Status>
          <span>
            came <Instant ms={Date.parse(at)} precision="day" /> with the key {principal}
          </span>
        </p>
        <h1 id="quar-headline" ref={heading} tabIndex={-1}>
          {titleOf(detail)}
          {source !== '' && ` of ${source}`}
        </h1>
        <p>
          <PlantText text={reason} />
        </p>
      </header>
      {state === 'open' && <Refused detail={detail} />}
      <DecisionForm detail={detail} />
      {decision && <Became decision={decision} detail={detail} />}
      <div className="quar-columns">
        <section className="card" aria-labelledby="quar-came">
          <h2 id="quar-came">What came</h2>
          {detail.data !== undefined && <Payload value={detail.data} label="Its data, as they came" />}
          <details className="exc-evidence" open={detail.data === undefined}>
            <summary>The whole message</summary>
            <pre className="payload" tabIndex={0} role="region" aria-label="The whole message, as it came">
              {detail.raw}
            </pre>
          </details>
        </section>
        <div className="quar-beside">
          <Concerns detail={detail} />
          <Waiting detail={detail} />
        </div>
      </div>
    </article>
  );
}

/** Why it cannot be taken as it is, with the place and what stands there. */
function Refused({ detail }: { readonly detail: QuarantineDetail }): ReactElement {
  const { misfit } = detail;
  return (
    <section className="card" aria-labelledby="quar-why">
      <h2 id="quar-why">Why it is not taken</h2>
      <p>{fitWords(detail)}</p>
      {misfit && (
        <dl className="exc-keys">
          <div>
            <dt>Place</dt>
            <dd className="mono">{misfit.path}</dd>
          </div>
          <div>
            <dt>There stands</dt>
            <dd className="mono">{JSON.stringify(misfit.value) ?? 'nothing'}</dd>
          </div>
          <div>
            <dt>What is wrong</dt>
            <dd>{misfit.reason}</dd>
          </div>
        </dl>
      )}
    </section>
  );
}

function Concerns({ detail: { keys, type, id, case: exception } }: { readonly detail: QuarantineDetail }): ReactElement | null {
  const named = Object.entries(keys);
  if (named.length === 0 && type === undefined && id === '' && exception === undefined) return null;
  return (
    <section className="card" aria-labelledby="quar-concerns">
      <h2 id="quar-concerns">Concerns</h2>
      <dl className="exc-keys">
        {named.map(([name, value]) => (
          <div key={name}>
            <dt>{labelOf(name)}</dt>
            <dd>
              <KeyLink value={value} />
            </dd>
          </div>
        ))}
        {type !== undefined && (
          <div>
            <dt>Type</dt>
            <dd className="mono">{type}</dd>
          </div>
        )}
        {id !== '' && (
          <div>
            <dt>Its id</dt>
            <dd className="mono">{id}</dd>
          </div>
        )}
        {exception !== undefined && (
          <div>
            <dt>Case</dt>
            <dd>
              <Link to={`/exceptions/${encodeURIComponent(exception)}`}>the case of its owner</Link>
            </dd>
          </div>
        )}
      </dl>
    </section>
  );
}

function Waiting({ detail }: { readonly detail: QuarantineDetail }): ReactElement {
  const nameOf = useTitles();
  const { waiting } = detail;
  return (
    <section className="card" aria-labelledby="quar-waiting">
      <h2 id="quar-waiting">What waits behind it</h2>
      <p>{waitingWords(detail)}</p>
      {waiting.length > 0 && (
        <ol className="quar-waiting">
          {waiting.slice(0, waitingMax).map(({ run, flow, key, since }) => (
            <li key={run}>
              <Link to={`/flows/${encodeURIComponent(flow)}?run=${encodeURIComponent(run)}`}>{nameOf('flow', flow)}</Link>{' '}
              <span className="small quiet">
                {key}, since <Instant ms={Date.parse(since)} precision="day" />
              </span>
            </li>
          ))}
        </ol>
      )}
      {waiting.length > waitingMax && <p className="small quiet">and {waiting.length - waitingMax} more</p>}
    </section>
  );
}

/** What a person decided, and where it went. */
function Became({
  decision: { at, by, reason, data, keys },
  detail: { decided, filtered },
}: {
  readonly decision: QuarantineDecision;
  readonly detail: QuarantineDetail;
}): ReactElement {
  const how = decided === 'discarded' ? 'discarded it' : data === undefined ? 'released it as it came' : 'released it with changes';
  const stories = Object.values(keys);
  return (
    <section className="card" aria-labelledby="quar-became">
      <h2 id="quar-became">What became of it</h2>
      <p>
        <strong>
          {by} {how}
        </strong>{' '}
        at <Instant ms={Date.parse(at)} precision="day" />: <q>{reason}</q>
      </p>
      {filtered !== undefined && <p>A filter of its contract dropped it then ({filtered}): it is in no log and started nothing.</p>}
      {decided === 'released' && filtered === undefined && (
        <p>
          It is in the log and went its way
          {stories.length > 0 && ': '}
          {stories.map((key, index) => (
            <span key={key}>
              {index > 0 && ', '}
              <KeyLink value={key} />
            </span>
          ))}
          .
        </p>
      )}
      {decided === 'discarded' && <p>Nothing was sent to any flow or system; what waited for it went on.</p>}
      {data !== undefined && (
        <>
          <h3>As it was released</h3>
          <Payload value={data} label="Its data, as they were released" />
        </>
      )}
    </section>
  );
}
