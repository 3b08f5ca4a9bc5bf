import { FlaskConical } from 'lucide-react';
import { useState, type ReactElement, type ReactNode, type SubmitEvent } from 'react';
import type { OwnLimit, TriedView } from '../../../api/backtest-desk.ts';
import type { RecordingBounds, RecordingView } from '../../../api/recordings.ts';
import type { LimitChange } from '../../../api/rules.ts';
import { post } from '../../api/client.ts';
import { useHub } from '../../api/hub-query.ts';
import { Fetching } from './fetching.tsx';
import { Limit, triedValue } from './limit.tsx';
import { hourMs } from './rule-words.ts';
import { boundsPlace, boundsWords, valueOfFetched, type Source } from './source-words.ts';

/** Stretches that something can be tried on. */
const spans = [
  ['all that is recorded', undefined],
  ['the last hour', hourMs],
  ['the last 8 hours', 8 * hourMs],
  ['the last 24 hours', 24 * hourMs],
  ['the last 7 days', 7 * 24 * hourMs],
] as const;

interface TryFormProps {
  readonly limits: readonly OwnLimit[];
  readonly changes: readonly LimitChange[];
  /** What is said where there is no limit. */
  readonly none: string;
  /** What it can be tried on. */
  readonly sources: readonly Source[];
  readonly canTry: boolean;
  /** Where it is asked for. */
  readonly path: string;
  /** What is asked for besides. */
  readonly more?: Readonly<Record<string, unknown>>;
  /** Words of the button. */
  readonly verb: string;
  readonly onAsked: (id: string) => void;
  /** Fields for what is asked for besides. */
  readonly children?: ReactNode;
}

/** The limits that something goes by, and a field beside each to try another value on what was recorded. */
export function TryForm({ limits, changes, none, sources, canTry, path, more, verb, onAsked, children }: TryFormProps): ReactElement {
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({});
  const [chosen, setChosen] = useState('');
  const source = sources.find(({ value }) => value === chosen) ?? sources[0];
  const [span, setSpan] = useState(0);
  const [problem, setProblem] = useState<Error>();
  const [isAsking, setIsAsking] = useState(false);
  const [fetching, setFetching] = useState<Fetched>();
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    setIsAsking(true);
    setProblem(undefined);
    try {
      await work();
    } catch (error) {
      setProblem(error instanceof Error ? error : new Error(String(error)));
    } finally {
      setIsAsking(false);
    }
  };
  const play = async (body: object): Promise<void> => onAsked((await post<TriedView>(path, body)).id);
  const playFetched = async ({ id, body }: Fetched): Promise<void> => {
    setChosen(valueOfFetched(id));
    await play({ ...body, recording: id });
  };
  const run = async (): Promise<void> => {
    if (!source) return;
    const ms = spans[span]?.[1];
    const from = ms !== undefined && { from: new Date(Date.now() - ms).toISOString() };
    const body = { limits: Object.fromEntries(limits.flatMap((limit) => triedValue(limit, typed[limit.name]))), ...from, ...more };
    setFetching(undefined);
    if (source.kind === 'fetch') setFetching({ id: (await post<RecordingView>(`/api/edges/${encodeURIComponent(source.edge)}/recordings`, { ...from })).id, body });
    else await play({ ...body, ...(source.recording === undefined ? { edge: source.edge } : { recording: source.recording }) });
  };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (!isAsking) void attempt(run);
  };
  return (
    <form onSubmit={submit}>
      {limits.length === 0 && <p className="quiet">{none}</p>}
      <ul className="rules-limits">
        {limits.map((limit) => (
          <Limit
            key={limit.name}
            limit={limit}
            change={changes.find((change) => change.limit === limit.name)}
            typed={typed[limit.name]}
            canTry={canTry}
            onTyped={(text) => setTyped({ ...typed, [limit.name]: text })}
          />
        ))}
      </ul>
      {canTry && (
        <div className="rules-try">
          {source && (sources.length > 1 || source.kind !== 'here') && (
            <Choice what="Recording of" value={source.value} choices={sources.map(({ value, words }) => [value, words])} onChosen={setChosen} />
          )}
          <Choice what="On" value={span} choices={spans.map(([words], index) => [index, words])} onChosen={(chosen) => setSpan(Number(chosen))} />
          <button type="submit" className="button" data-kind="primary" aria-disabled={isAsking}>
            <FlaskConical aria-hidden="true" />
            {source?.kind === 'fetch' ? `Fetch it, then ${verb.charAt(0).toLowerCase()}${verb.slice(1)}` : verb}
          </button>
          {children}
        </div>
      )}
      {source && source.kind !== 'here' && <FetchNote />}
      {fetching && <Fetching key={fetching.id} id={fetching.id} onHere={() => void attempt(async () => playFetched(fetching))} />}
      {problem && (
        <p className="rules-problem" role="alert">
          {problem.message}
        </p>
      )}
    </form>
  );
}

function FetchNote(): ReactElement {
  const bounds = useHub<RecordingBounds>('/api/recording-bounds').data;
  return (
    <p className="small quiet">
      A recording is fetched over the connection of its edge, behind its events{bounds && <>: {boundsWords(bounds)}</>}. It is kept for six hours, also when the hub is started
      again.
      {bounds && <> Other bounds: {boundsPlace}.</>}
    </p>
  );
}

/** What is fetched, and what is tried on it when it is here. */
interface Fetched {
  readonly id: string;
  readonly body: object;
}

interface ChoiceProps {
  readonly what: string;
  readonly value: string | number;
  readonly choices: readonly (readonly [value: string | number, words: string])[];
  readonly onChosen: (value: string) => void;
}

function Choice({ what, value, choices, onChosen }: ChoiceProps): ReactElement {
  return (
    <label className="field">
      <span>{what}</span>
      <select value={value} onChange={(event) => onChosen(event.target.value)}>
        {choices.map(([each, words]) => (
          <option key={each} value={each}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}
