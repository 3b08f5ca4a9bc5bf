import '../exceptions/exceptions.css';
import './quarantine.css';
import { ArrowLeft } from 'lucide-react';
import type { ReactElement } from 'react';
import { Link, useParams, useSearchParams } from 'react-router';
import type { LandscapeView } from '../../../api/landscape.ts';
import type { QuarantineView } from '../../../api/quarantine.ts';
import { useHub } from '../../api/hub-query.ts';
import { Loaded } from '../../parts/notice.tsx';
import { countWords } from '../../words/number.ts';
import { MessageList } from './message-list.tsx';
import { MessagePage } from './message-page.tsx';
import { shownStates, stateTitles, type ShownState } from './quarantine-words.ts';

const quarantinePlace = '/exceptions/quarantine';
const pageMax = 50;
/** What no message of the stream tells: a count of a case that is written later. */
const everyMs = 15_000;

/** Messages that were not taken and wait for a person; or one of them. */
export function QuarantineRoom(): ReactElement {
  const { message } = useParams();
  const [params] = useSearchParams();
  const search = params.size === 0 ? '' : `?${params.toString()}`;
  return message === undefined ? <Messages /> : <MessagePage key={message} message={message} backTo={`${quarantinePlace}${search}`} />;
}

interface Filter {
  readonly state: ShownState;
  readonly contract: string;
  /** Only what came before. */
  readonly before: string;
}

function Messages(): ReactElement {
  const [filter, setFilter] = useFilter();
  const messages = useHub<readonly QuarantineView[]>(`/api/quarantine?${askedOf(filter)}`, { on: ['exception'], everyMs });
  return (
    <div className="quar">
      <Link className="quar-back small" to="/exceptions">
        <ArrowLeft aria-hidden="true" />
        All exceptions
      </Link>
      <header className="quar-head">
        <h1>Quarantine</h1>
        <p className="quiet">
          What came and was not taken: it breaks its contract, or no contract knows it. A message whose key can be read holds that key until a person has decided; everything else
          goes on.
        </p>
      </header>
      <div className="card quar-card">
        <MessageFilter filter={filter} onFilter={setFilter} />
        <Loaded query={messages} height={20}>
          {(listed) => <Page listed={listed} filter={filter} />}
        </Loaded>
      </div>
    </div>
  );
}

const nothingWords: Readonly<Record<ShownState, string>> = {
  open: 'No message waits for a person',
  released: 'No message was released',
  discarded: 'No message was discarded',
  all: 'Nothing lies in quarantine',
};

function Page({ listed, filter }: { readonly listed: readonly QuarantineView[]; readonly filter: Filter }): ReactElement {
  const isMore = listed.length >= pageMax;
  const search = searchOf(filter);
  return (
    <>
      <p className="exc-count small quiet" role="status">
        {isMore ? `${listed.length} messages${filter.before === '' ? ', the newest' : ''}` : countWords(listed.length, 'message')}
      </p>
      {listed.length === 0 ? <p className="exc-none">{nothingWords[filter.state]}.</p> : <MessageList messages={listed} search={search} />}
      {(isMore || filter.before !== '') && (
        <nav className="quar-pages" aria-label="Pages of the list">
          {filter.before !== '' && (
            <Link className="button" to={`${quarantinePlace}${searchOf({ ...filter, before: '' })}`}>
              The newest
            </Link>
          )}
          {isMore && (
            <Link className="button" to={`${quarantinePlace}${searchOf({ ...filter, before: listed.at(-1)?.at ?? '' })}`}>
              Older ones
            </Link>
          )}
        </nav>
      )}
    </>
  );
}

function MessageFilter({ filter, onFilter }: { readonly filter: Filter; readonly onFilter: (filter: Filter) => void }): ReactElement {
  const { data: landscape } = useHub<LandscapeView>('/api/landscape');
  const contracts = new Map((landscape?.nodes ?? []).flatMap(({ kind, name, title }) => (kind === 'contract' ? [[name, title] as const] : [])));
  return (
    <form className="quar-filter" role="search" aria-label="Which messages are listed" onSubmit={(event) => event.preventDefault()}>
      <fieldset className="exc-choice">
        <legend className="visually-hidden">How they stand</legend>
        {shownStates.map((state) => (
          <label key={state}>
            <input type="radio" name="state" checked={filter.state === state} onChange={() => onFilter({ ...filter, state, before: '' })} />
            <span>{stateTitles[state]}</span>
          </label>
        ))}
      </fieldset>
      <select aria-label="Contract" value={filter.contract} onChange={(event) => onFilter({ ...filter, contract: event.target.value, before: '' })}>
        <option value="">Every contract, and none</option>
        {[...contracts]
          .toSorted(([, a], [, b]) => a.localeCompare(b))
          .map(([name, title]) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
      </select>
    </form>
  );
}

function useFilter(): readonly [Filter, (filter: Filter) => void] {
  const [params, setParams] = useSearchParams();
  const state = shownStates.find((each) => each === params.get('state')) ?? 'open';
  const filter: Filter = { state, contract: params.get('contract') ?? '', before: params.get('before') ?? '' };
  return [filter, (next) => setParams(new URLSearchParams(searchOf(next)), { replace: true })];
}

/** As the address tells it; what is usual is left out. */
function searchOf({ state, contract, before }: Filter): string {
  const said = Object.entries({ state: state === 'open' ? '' : state, contract, before }).filter(([, value]) => value !== '');
  return said.length === 0 ? '' : `?${new URLSearchParams(said).toString()}`;
}

function askedOf({ state, contract, before }: Filter): string {
  const said = Object.entries({ state: state === 'all' ? '' : state, contract, before, limit: String(pageMax) }).filter(([, value]) => value !== '');
  return new URLSearchParams(said).toString();
}
