import { X } from 'lucide-react';
import { useEffect, useRef, type ReactElement } from 'react';
import { Link } from 'react-router';
import type { ModeView, SystemView } from '../../../api/systems.ts';
import { useHub } from '../../api/hub-query.ts';
import { Age, Instant } from '../../parts/instant.tsx';
import { Status } from '../../parts/status.tsx';
import { countWords } from '../../words/number.ts';
import { limitWords, loadWords, roleWords } from './system-words.ts';
import { useTitles } from './use-plant.ts';
import { useWaitingSteps } from './use-waiting-steps.ts';

/** Everything about one system: whose it is, what its mode means, what waits for it. */
export function SystemDialog({ system, onClose }: { readonly system: SystemView; readonly onClose: () => void }): ReactElement {
  const place = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    place.current?.showModal();
  }, []);
  return (
    <dialog
      ref={place}
      className="now-dialog"
      aria-labelledby="now-dialog-title"
      onClose={onClose}
      onClick={(event) => {
        // The dialog's own area is filled by its content, so a click on the element itself was beside it.
        if (event.target === place.current) place.current.close();
      }}
    >
      <div className="now-dialog-body">
        <header>
          <div>
            <h2 id="now-dialog-title">{system.title}</h2>
            <p className="quiet">{roleWords(system.role).replace(/^Systems/, 'System')}</p>
          </div>
          <button type="button" className="icon-button" aria-label="Close" onClick={() => place.current?.close()}>
            <X aria-hidden="true" />
          </button>
        </header>
        <Mode system={system} />
        <Facts system={system} />
        <Waiting system={system} />
      </div>
    </dialog>
  );
}

function Mode({ system: { name, mode, since } }: { readonly system: SystemView }): ReactElement {
  const { data: modes = [] } = useHub<readonly ModeView[]>('/api/modes');
  const view = modes.find(({ system }) => system === name);
  const meant = view?.modes.find((known) => known.name === view.mode);
  return (
    <section className="now-mode" aria-label="Mode">
      <p>
        <Status status={mode} />
        {since !== undefined && (
          <span className="quiet">
            {' '}
            since <Instant ms={Date.parse(since)} /> (<Age ms={Date.parse(since)} />)
          </span>
        )}
      </p>
      <p>{meant?.means ?? ''}</p>
      {view && view.mode !== 'normal' && (
        <p className="quiet small">
          Mode {view.mode}: {view.reason}
          {view.by !== 'lineshaft' && ` (${view.by})`}
        </p>
      )}
    </section>
  );
}

function Facts({ system }: { readonly system: SystemView }): ReactElement {
  const titleOf = useTitles();
  const teams = system.owners.map((owner) => titleOf(`owner:${owner}`) ?? owner);
  return (
    <dl className="now-facts">
      <dt>{teams.length === 1 ? 'Owner' : 'Owners'}</dt>
      <dd>{teams.join(', ')}</dd>
      <dt>Has the say on</dt>
      <dd>{system.domains.length === 0 ? 'nothing' : system.domains.join(', ')}</dd>
      <dt>Limits</dt>
      <dd>{limitWords(system)}</dd>
      <dt>Asked to wait</dt>
      <dd>{system.waits === 0 ? 'never' : countWords(system.waits, 'time')}</dd>
      <dt>Last answer</dt>
      <dd>{system.answered === undefined ? 'none since the hub began: how it is shows with the next call' : <Instant ms={Date.parse(system.answered)} precision="day" />}</dd>
      <dt>Load</dt>
      <dd>{loadWords(system)}</dd>
    </dl>
  );
}

function Waiting({ system }: { readonly system: SystemView }): ReactElement {
  const { steps, more } = useWaitingSteps(system.name);
  const titleOf = useTitles();
  return (
    <section aria-labelledby="now-dialog-waits">
      <h3 id="now-dialog-waits">What waits for it</h3>
      {steps.length === 0 && <p className="quiet">{system.queue === 0 ? 'Nothing.' : 'Nothing of the newest runs.'}</p>}
      <ol className="now-waits">
        {steps.map(({ run, key, step, name, entity, revision, status, issuedMs }) => (
          <li key={`${run} ${step}`}>
            <Status status={status === 'open' ? 'waiting' : status} />
            <span>{titleOf(`capability:${name}`) ?? name}</span>
            <span className="quiet small">
              {entity}
              {revision !== undefined && `, revision ${revision}`}, since <Instant ms={issuedMs} />, for <Link to={`/orders/${encodeURIComponent(key)}`}>{key}</Link>
            </span>
          </li>
        ))}
      </ol>
      {more > 0 && <p className="quiet small">and {more} more</p>}
    </section>
  );
}
