import { useRef, type KeyboardEvent, type ReactElement } from 'react';
import { Link } from 'react-router';
import { PlantText } from '../../parts/plant-text.tsx';
import { Status } from '../../parts/status.tsx';
import type { ExceptionView } from '../../../api/exceptions.ts';
import { Due } from './due.tsx';
import { useTitles } from '../../shell/titles.ts';

interface CaseListProps {
  readonly cases: readonly ExceptionView[];
  readonly chosen: string | undefined;
  readonly fresh: ReadonlySet<string>;
  /** The address of a case, with the filters that are on. */
  readonly addressOf: (id: string) => string;
  /** Whether somebody is about to choose: then rows must stay where they are. */
  readonly onBusy: (isBusy: boolean) => void;
}

/** The inbox. One row is in the order of Tab; arrows move between rows, Enter opens. */
export function CaseList({ cases, chosen, fresh, addressOf, onBusy }: CaseListProps): ReactElement {
  const list = useRef<HTMLUListElement>(null);
  const inTabOrder = cases.some(({ id }) => id === chosen) ? chosen : cases[0]?.id;
  const move = (event: KeyboardEvent): void => {
    const rows = [...(list.current?.querySelectorAll('a') ?? [])];
    const at = rows.findIndex((row) => row === document.activeElement);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    const row = next === undefined || at < 0 ? undefined : rows[next];
    if (!row) return;
    event.preventDefault();
    row.focus();
  };
  return (
    <ul
      ref={list}
      className="exc-list"
      aria-label="Cases; up and down go from one to the next"
      onKeyDown={move}
      onPointerEnter={() => onBusy(true)}
      onPointerLeave={() => onBusy(false)}
      onFocus={() => onBusy(true)}
      onBlur={() => onBusy(false)}
    >
      {cases.map((view) => (
        <CaseRow key={view.id} view={view} address={addressOf(view.id)} isChosen={view.id === chosen} isFresh={fresh.has(view.id)} isInTabOrder={view.id === inTabOrder} />
      ))}
    </ul>
  );
}

interface CaseRowProps {
  readonly view: ExceptionView;
  readonly address: string;
  readonly isChosen: boolean;
  readonly isFresh: boolean;
  readonly isInTabOrder: boolean;
}

function CaseRow({ view, address, isChosen, isFresh, isInTabOrder }: CaseRowProps): ReactElement {
  const titleOf = useTitles();
  const done = view.status === 'resolved';
  return (
    <li>
      <Link to={address} className="exc-row" aria-current={isChosen ? 'true' : undefined} tabIndex={isInTabOrder ? 0 : -1}>
        <span className="exc-row-line">
          {done ? <Status status="resolved" /> : <Status status={view.severity} />}
          {isFresh && view.status === 'open' && <span className="exc-new">new</span>}
          <Due view={view} />
        </span>
        <span className="exc-row-summary">
          <PlantText text={view.summary} />
        </span>
        <span className="exc-row-line exc-row-foot">
          {view.key !== undefined && <span className="exc-row-key">{view.key}</span>}
          <span className="exc-row-owner">{view.owners.map((owner) => titleOf('owner', owner)).join(', ')}</span>
          {!done && <span>{view.status}</span>}
        </span>
      </Link>
    </li>
  );
}
