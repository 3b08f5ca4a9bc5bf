import './exceptions.css';
import { CircleCheckBig } from 'lucide-react';
import { useEffect, useRef, useState, type ReactElement } from 'react';
import { Link, useParams, useSearchParams } from 'react-router';
import { useHub } from '../../api/hub-query.ts';
import { Instant } from '../../parts/instant.tsx';
import { Loaded } from '../../parts/notice.tsx';
import { useNow } from '../../words/now.ts';
import { countWords } from '../../words/number.ts';
import { casePath } from './acting.ts';
import { CaseFilter, shownStatuses, type Filter } from './case-filter.tsx';
import { CaseList } from './case-list.tsx';
import { CasePage } from './case-page.tsx';
import type { ExceptionView } from '../../../api/exceptions.ts';
import { byUrgency, dueWords, fits, ordered } from './inbox.ts';
import { useTitles } from '../../shell/titles.ts';

/** The most that the hub lists without being asked for more. */
const listMax = 100;

/** The one inbox of what needs a person: left what there is, right the case that is open. */
export function ExceptionsRoom(): ReactElement {
  const { id } = useParams();
  const [filter, setFilter] = useFilter();
  const cases = useHub<readonly ExceptionView[]>(listPath(filter), { on: ['exception'] });
  const chosen = useChosen(id, cases.data);
  const search = searchOf(filter);
  return (
    <div className="exc" data-open={id !== undefined}>
      <div className="exc-top">
        <h1>Exceptions</h1>
        <Headline />
        <QuarantineLink />
      </div>
      <div className="exc-inbox card">
        <CaseFilter filter={filter} onFilter={setFilter} />
        <Loaded query={cases} height={20}>
          {(listed) => <Inbox cases={listed} filter={filter} chosen={chosen} search={search} />}
        </Loaded>
      </div>
      <div className="exc-place card">
        {chosen === undefined ? <NothingOpen isKnown={cases.data !== undefined} /> : <Chosen key={chosen} id={chosen} back={`/exceptions${search}`} />}
      </div>
    </div>
  );
}

/** How much there is to do, in one sentence. */
function Headline(): ReactElement {
  const { data } = useHub<readonly ExceptionView[]>('/api/exceptions', { on: ['exception'] });
  const titleOf = useTitles();
  const now = useNow();
  const first = data?.toSorted(byUrgency)[0];
  if (!data) return <p className="quiet">Being read …</p>;
  if (!first) return <p className="quiet">Nothing needs a person.</p>;
  const overdue = data.filter(({ due }) => Date.parse(due) < now).length;
  return (
    <p className="quiet">
      {data.length >= listMax ? `More than ${listMax - 1} cases need` : `${countWords(data.length, 'case needs', 'cases need')}`} a person
      {overdue > 0 && `, ${overdue === data.length ? (overdue === 1 ? 'and it is' : 'all of them') : overdue} overdue`}. The most urgent is for {titleOf('owner', first.owner)},{' '}
      {dueWords(Date.parse(first.due), now)}.
    </p>
  );
}

/** The way to what was not taken, with how much of it waits for a person. */
function QuarantineLink(): ReactElement {
  const { data } = useHub<readonly unknown[]>(`/api/quarantine?state=open&limit=${listMax}`, { on: ['exception'] });
  const count = data?.length ?? 0;
  const words = count === 0 ? 'Quarantine' : `Quarantine: ${count >= listMax ? `more than ${listMax - 1} messages wait` : countWords(count, 'message waits', 'messages wait')}`;
  return (
    <p className="small">
      <Link to="/exceptions/quarantine">{words}</Link>
    </p>
  );
}

interface InboxProps {
  readonly cases: readonly ExceptionView[];
  readonly filter: Filter;
  readonly chosen: string | undefined;
  readonly search: string;
}

function Inbox({ cases, filter, chosen, search }: InboxProps): ReactElement {
  const [isBusy, setIsBusy] = useState(false);
  const { shown, held, fresh, release } = useArrivals(cases, listPath(filter), isBusy);
  const rows = ordered(shown, fresh).filter((each) => fits(each, filter));
  return (
    <>
      <p className="exc-count small quiet" role="status">
        {cases.length >= listMax ? `The newest ${listMax}; filter by owner to see more` : countWords(rows.length, 'case')}
        {held > 0 && (
          <button type="button" className="exc-held" onClick={release}>
            {held} new: show
          </button>
        )}
        {rows.length > 1 && (
          <span className="exc-hint" aria-hidden="true">
            <kbd>↑</kbd> <kbd>↓</kbd> go on
          </span>
        )}
      </p>
      {rows.length === 0 ? (
        <p className="exc-none">{filter.text === '' ? nothingWords[filter.status] : 'Nothing fits these words'}.</p>
      ) : (
        <CaseList cases={rows} chosen={chosen} fresh={fresh} addressOf={(id) => `/exceptions/${encodeURIComponent(id)}${search}`} onBusy={setIsBusy} />
      )}
    </>
  );
}

const nothingWords = { unresolved: 'Nothing is open', resolved: 'Nothing was resolved yet', all: 'There was no case yet' } as const;

interface Arrivals {
  readonly shown: readonly ExceptionView[];
  /** How many came while somebody was choosing. */
  readonly held: number;
  /** What came since the inbox was opened. */
  readonly fresh: ReadonlySet<string>;
  readonly release: () => void;
}

/** New cases come on top, but not while somebody is choosing a row: a row must not move away under the pointer. */
function useArrivals(cases: readonly ExceptionView[], list: string, isBusy: boolean): Arrivals {
  const [known, setKnown] = useState({ list, first: idsOf(cases), shown: idsOf(cases) });
  const now = known.list === list ? known : { list, first: idsOf(cases), shown: idsOf(cases) };
  const held = cases.filter(({ id }) => !now.shown.has(id)).length;
  const release = (): void => setKnown({ ...now, shown: idsOf(cases) });
  useEffect(() => {
    if (known.list !== list || (held > 0 && !isBusy)) release();
  });
  const shown = cases.filter(({ id }) => now.shown.has(id));
  return { shown, held, fresh: new Set(shown.map(({ id }) => id).filter((id) => !now.first.has(id))), release };
}

function idsOf(cases: readonly ExceptionView[]): ReadonlySet<string> {
  return new Set(cases.map(({ id }) => id));
}

function Chosen({ id, back }: { readonly id: string; readonly back: string }): ReactElement {
  const query = useHub<ExceptionView>(casePath(id), { on: ['exception'] });
  return (
    <Loaded query={query} height={30}>
      {(view) => <CasePage view={view} backTo={back} />}
    </Loaded>
  );
}

/** The good sight: nobody is needed. */
function NothingOpen({ isKnown }: { readonly isKnown: boolean }): ReactElement {
  const { data: resolved = [] } = useHub<readonly ExceptionView[]>('/api/exceptions?status=resolved&limit=5', { on: ['exception'] });
  if (!isKnown) return <div className="exc-good" />;
  return (
    <div className="exc-good">
      <CircleCheckBig aria-hidden="true" />
      <h2>Nothing needs a person right now</h2>
      <p>What Lineshaft cannot settle by itself comes here, with its owner and a time until when.</p>
      {resolved.length > 0 && <h3>What people settled last</h3>}
      {resolved.length > 0 && (
        <ul>
          {resolved.map(({ id, summary, changed }) => (
            <li key={id}>
              <Instant ms={Date.parse(changed)} precision="day" />
              <Link to={`/exceptions/${encodeURIComponent(id)}?status=resolved`}>{summary}</Link>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** Without an address the most urgent case is open, and stays so while others come. */
function useChosen(id: string | undefined, cases: readonly ExceptionView[] | undefined): string | undefined {
  const first = useRef<string>(undefined);
  first.current ??= cases?.toSorted(byUrgency)[0]?.id;
  return id ?? first.current;
}

function useFilter(): readonly [Filter, (filter: Filter) => void] {
  const [params, setParams] = useSearchParams();
  const status = shownStatuses.find((each) => each === params.get('status')) ?? 'unresolved';
  const filter: Filter = { status, owner: params.get('owner') ?? '', text: params.get('text') ?? '' };
  return [filter, (next) => setParams(new URLSearchParams(searchOf(next)), { replace: true })];
}

function searchOf({ status, owner, text }: Filter): string {
  const said = Object.entries({ status: status === 'unresolved' ? '' : status, owner, text }).filter(([, value]) => value !== '');
  return said.length === 0 ? '' : `?${new URLSearchParams(said).toString()}`;
}

function listPath({ status, owner }: Filter): string {
  const asked = new URLSearchParams({ ...(status === 'unresolved' ? {} : { status }), ...(owner === '' ? {} : { owner }) }).toString();
  return asked === '' ? '/api/exceptions' : `/api/exceptions?${asked}`;
}
