import { FlaskConical } from 'lucide-react';
import { useState, type ReactElement, type ReactNode, type SubmitEvent } from 'react';
import type { OwnLimit, TriedView } from '../../../api/backtest-desk.ts';
import type { LimitChange } from '../../../api/rules.ts';
import { post } from '../../api/client.ts';
import { Limit, triedValue } from './limit.tsx';
import { hourMs } from './rule-words.ts';

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
  readonly recordings: readonly string[];
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
export function TryForm({ limits, changes, none, recordings, canTry, path, more, verb, onAsked, children }: TryFormProps): ReactElement {
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({});
  const [edge, setEdge] = useState('');
  const [span, setSpan] = useState(0);
  const [problem, setProblem] = useState<Error>();
  const [isAsking, setIsAsking] = useState(false);
  const run = async (): Promise<void> => {
    setIsAsking(true);
    setProblem(undefined);
    try {
      const ms = spans[span]?.[1];
      const body = {
        edge: edge === '' ? recordings[0] : edge,
        limits: Object.fromEntries(limits.flatMap((limit) => triedValue(limit, typed[limit.name]))),
        ...(ms !== undefined && { from: new Date(Date.now() - ms).toISOString() }),
        ...more,
      };
      onAsked((await post<TriedView>(path, body)).id);
    } catch (error) {
      setProblem(error instanceof Error ? error : new Error(String(error)));
    } finally {
      setIsAsking(false);
    }
  };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    void run();
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
          {recordings.length > 1 && <Choice what="Recording of" value={edge} choices={recordings.map((name) => [name, name])} onChosen={setEdge} />}
          <Choice what="On" value={span} choices={spans.map(([words], index) => [index, words])} onChosen={(chosen) => setSpan(Number(chosen))} />
          <button type="submit" className="button" data-kind="primary" disabled={isAsking}>
            <FlaskConical aria-hidden="true" />
            {verb}
          </button>
          {children}
        </div>
      )}
      {problem && (
        <p className="rules-problem" role="alert">
          {problem.message}
        </p>
      )}
    </form>
  );
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
