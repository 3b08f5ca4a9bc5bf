import { ArrowLeft, Check, Lightbulb } from 'lucide-react';
import { useEffect, useMemo, useRef, useState, type ReactElement, type RefObject } from 'react';
import { Link } from 'react-router';
import { useHub } from '../../api/hub-query.ts';
import { Instant } from '../../parts/instant.tsx';
import { Skeleton } from '../../parts/notice.tsx';
import { PlantText } from '../../parts/plant-text.tsx';
import { Payload } from '../../parts/payload.tsx';
import { Status } from '../../parts/status.tsx';
import { actionWords, useActing, type Acting } from './acting.ts';
import { CaseDialog } from './case-dialog.tsx';
import { KeyFigures, Sections } from './case-impact.tsx';
import { Cleared, PlanNow, useSinceThen } from './case-since.tsx';
import type { ExceptionAction, ExceptionView } from '../../../api/exceptions.ts';
import { affectedWords, messagesPath, takenBy, timesWords } from './case-words.ts';
import { Due } from './due.tsx';
import { KeyLink } from './fact-value.tsx';
import { labelOf } from './facts.ts';
import { impactOf } from './impact.ts';
import { entryWords } from './inbox.ts';
import type { SinceThen } from './since-then.ts';
import { useTitles } from '../../shell/titles.ts';

interface CasePageProps {
  readonly view: ExceptionView;
  readonly backTo: string;
}

/** One case: what it means first, then what can be done, then how it came to be. */
export function CasePage({ view, backTo }: CasePageProps): ReactElement {
  const { since, isSettled } = useSinceThen(view);
  return isSettled ? <Case view={view} backTo={backTo} since={since} /> : <Skeleton height={40} />;
}

function Case({ view, backTo, since }: CasePageProps & { readonly since: SinceThen | undefined }): ReactElement {
  const back = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    window.scrollTo(0, 0);
    // On a phone the list that had the focus is gone.
    if (back.current?.offsetParent) document.querySelector<HTMLElement>('#exc-headline')?.focus({ preventScroll: true });
  }, []);
  const impact = useMemo(() => impactOf(view.context, view.keys, view.units), [view.context, view.keys, view.units]);
  return (
    <article className="exc-case" aria-labelledby="exc-headline">
      <Link ref={back} className="exc-back" to={backTo}>
        <ArrowLeft aria-hidden="true" />
        All exceptions
      </Link>
      <CaseHead view={view} />
      {since && <Cleared view={view} since={since} />}
      {impact.figures.length > 0 && <KeyFigures figures={impact.figures} asOfMs={Date.parse(view.opened)} />}
      <div className="exc-columns">
        {impact.suggestions.length > 0 && <Suggestions suggestions={impact.suggestions} />}
        {since && <PlanNow view={view} since={since} />}
        <Sections impact={impact}>
          <details className="exc-evidence">
            <summary>Evidence as it was recorded</summary>
            <Payload value={view.context} label="Evidence as it was recorded" />
          </details>
          <Newest view={view} />
        </Sections>
        <div className="exc-about">
          <Concerns view={view} />
          <History view={view} />
        </div>
      </div>
    </article>
  );
}

function CaseHead({ view }: { readonly view: ExceptionView }): ReactElement {
  const titleOf = useTitles();
  const said = useRef<HTMLParagraphElement>(null);
  const taker = takenBy(view);
  return (
    <header className="exc-head">
      <p className="exc-head-line">
        {view.status === 'resolved' ? <span className="badge">{view.severity} severity</span> : <Status status={view.severity}>{view.severity} severity</Status>}
        {view.status !== 'open' && <Status status={view.status}>{taker === undefined ? view.status : `${view.status} by ${taker}`}</Status>}
        <span className="quiet">{view.title ?? labelOf(view.type)}</span>
      </p>
      <h2 id="exc-headline" tabIndex={-1}>
        <PlantText text={view.summary} />
      </h2>
      <p className="exc-head-line">
        <span>
          For <strong>{view.owners.map((owner) => titleOf('owner', owner)).join(', ')}</strong>
        </span>
        <Due view={view} />
        <span className="quiet">
          opened <Instant ms={Date.parse(view.opened)} />
        </span>
      </p>
      <Struck view={view} />
      <Actions view={view} said={said} />
    </header>
  );
}

/** The evidence of the last time, where there was more than one. */
function Newest({ view: { recent } }: { readonly view: ExceptionView }): ReactElement | null {
  const last = recent.at(-1);
  if (!last) return null;
  return (
    <details className="exc-evidence">
      <summary>
        Evidence of the last time, <Instant ms={Date.parse(last.at)} />
      </summary>
      <Payload value={last.evidence} label="Evidence of the last time" />
    </details>
  );
}

/** How often its cause struck, whom it touches, and of what class it is. */
function Struck({ view }: { readonly view: ExceptionView }): ReactElement {
  const [times, affected] = [timesWords(view), affectedWords(view)];
  return (
    <p className="exc-head-line">
      <span className="quiet">{labelOf(view.class)}</span>
      {times !== '' && (
        <span>
          <strong>{times}</strong>, first <Instant ms={Date.parse(view.first)} />, last <Instant ms={Date.parse(view.last)} />
        </span>
      )}
      {affected !== '' && <span>affects {affected}</span>}
    </p>
  );
}

/** What the reader may do; whoever may only look is told so. */
function Actions({ view, said }: { readonly view: ExceptionView; readonly said: RefObject<HTMLParagraphElement | null> }): ReactElement | null {
  const { data: me } = useHub<{ readonly role: string }>('/api/me');
  const acting = useActing(view.id);
  const [asked, setAsked] = useState<{ readonly action: ExceptionAction; readonly seen: ExceptionView }>();
  const [note, setNote] = useState('');
  const [done, setDone] = useState('');
  const finish = (words: string): void => {
    setAsked(undefined);
    setNote('');
    setDone(words);
    said.current?.focus();
  };
  const begin = async (action: ExceptionAction): Promise<void> => {
    setDone('');
    acting.forget();
    const words = actionWords(action, view);
    // What asks for nothing is sent at once; the dialog opens when it was refused.
    if (words.asks === undefined && (await acting.send({ action, version: view.version, note: '' }))) finish(words.done);
    else setAsked({ action, seen: view });
  };
  const messages = messagesPath(view);
  const isReader = me !== undefined && me.role !== 'admin' && me.role !== 'operator';
  return (
    <div className="exc-actions">
      {isReader && view.actions.length > 0 && <p className="quiet small">Your role is {me.role}: you see everything here, and an operator or admin acts on it.</p>}
      {messages !== undefined && view.status !== 'resolved' && (
        <Link className="button" data-kind="primary" to={messages}>
          {isReader ? 'Look at' : 'Decide about'} {view.count > 1 ? 'its messages' : 'the message'}
        </Link>
      )}
      {!isReader &&
        view.actions.map((action, index) => (
          <ActionButton key={action} action={action} isFirst={index === 0 && messages === undefined} view={view} acting={acting} onBegin={begin} />
        ))}
      <p ref={said} tabIndex={-1} role="status" className="exc-said">
        {done !== '' && <Check aria-hidden="true" />}
        {done}
      </p>
      {asked && <CaseDialog {...asked} now={view} acting={acting} note={note} onNote={setNote} onClose={() => setAsked(undefined)} onDone={finish} />}
    </div>
  );
}

interface ActionButtonProps {
  readonly action: ExceptionAction;
  readonly isFirst: boolean;
  readonly view: ExceptionView;
  readonly acting: Acting;
  readonly onBegin: (action: ExceptionAction) => Promise<void>;
}

function ActionButton({ action, isFirst, view, acting, onBegin }: ActionButtonProps): ReactElement {
  const words = actionWords(action, view);
  const isBusy = acting.isSending && words.asks === undefined;
  return (
    <button type="button" className="button" {...(isFirst && { 'data-kind': 'primary' })} disabled={acting.isSending} onClick={() => void onBegin(action)}>
      {isBusy ? words.doing : words.label}
    </button>
  );
}

function Suggestions({ suggestions }: { readonly suggestions: readonly string[] }): ReactElement {
  return (
    <section className="exc-suggestions">
      <h3>
        <Lightbulb aria-hidden="true" />
        What you can do
      </h3>
      <ul>
        {suggestions.map((suggestion) => (
          <li key={suggestion}>{suggestion}</li>
        ))}
      </ul>
    </section>
  );
}

/** The business keys, the flow and the step that it is about. */
function Concerns({ view }: { readonly view: ExceptionView }): ReactElement {
  const titleOf = useTitles();
  const keys = Object.entries(view.keys).filter(([name]) => name !== 'episode');
  const flow = view.run?.split(':')[0] ?? '';
  const messages = messagesPath(view);
  return (
    <section className="exc-section">
      <h3>Concerns</h3>
      <dl className="exc-keys">
        {keys.map(([name, value]) => (
          <div key={name}>
            <dt>{labelOf(name)}</dt>
            <dd>
              <KeyLink value={value} />
            </dd>
          </div>
        ))}
        {messages !== undefined && (
          <div>
            <dt>{view.count > 1 ? 'Messages' : 'Message'}</dt>
            <dd>
              <Link to={messages}>in quarantine</Link>
            </dd>
          </div>
        )}
        {view.run !== undefined && (
          <div>
            <dt>Flow</dt>
            <dd>
              <Link to={`/flows/${encodeURIComponent(flow)}?run=${encodeURIComponent(view.run)}`}>{titleOf('flow', flow)}</Link>
              {view.step !== undefined && <span className="quiet small">step {view.step}</span>}
            </dd>
          </div>
        )}
      </dl>
    </section>
  );
}

function History({ view }: { readonly view: ExceptionView }): ReactElement {
  return (
    <section className="exc-section">
      <h3>History</h3>
      <ol className="exc-history">
        {view.history.map((entry) => (
          <li key={`${entry.at} ${entry.action}`} data-action={entry.action}>
            <span className="quiet">
              <Instant ms={Date.parse(entry.at)} />
            </span>
            <span>{entryWords(entry)}</span>
            {entry.note !== '' && <q>{entry.note}</q>}
          </li>
        ))}
      </ol>
    </section>
  );
}
