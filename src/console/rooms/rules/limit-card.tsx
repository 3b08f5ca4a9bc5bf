import { FlaskConical } from 'lucide-react';
import { useId, useState, type ReactElement, type SubmitEvent } from 'react';
import type { BacktestView, LimitChange, RuleDetail, RuleLimit } from '../../../api/rules.ts';
import { post } from '../../api/client.ts';
import { Instant } from '../../parts/instant.tsx';
import { hourMs, recordedElsewhere, valueWords } from './rule-words.ts';

/** Stretches that something can be tried on. */
export const spans = [
  ['all that is recorded', undefined],
  ['the last hour', hourMs],
  ['the last 8 hours', 8 * hourMs],
  ['the last 24 hours', 24 * hourMs],
  ['the last 7 days', 7 * 24 * hourMs],
] as const;

/** The limits with who changed them when, and a field beside each to try another value on what was recorded. */
export function LimitCard({ rule, onAsked }: { readonly rule: RuleDetail; readonly onAsked: (id: string) => void }): ReactElement {
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({});
  const [edge, setEdge] = useState('');
  const [span, setSpan] = useState(0);
  const [labels, setLabels] = useState('');
  const [problem, setProblem] = useState<Error>();
  const [isAsking, setIsAsking] = useState(false);
  const { limits, recordings, mayTry } = rule;
  const canTry = mayTry && recordings.length > 0;
  const run = async (): Promise<void> => {
    setIsAsking(true);
    setProblem(undefined);
    try {
      const ms = spans[span]?.[1];
      const tried = Object.fromEntries(limits.flatMap((limit) => triedValue(limit, typed[limit.name])));
      const body = {
        edge: edge === '' ? recordings[0] : edge,
        limits: tried,
        ...(ms !== undefined && { from: new Date(Date.now() - ms).toISOString() }),
        ...(labels.trim() !== '' && { labels }),
      };
      const { id } = await post<BacktestView>(`/api/rules/${encodeURIComponent(rule.name)}/backtests`, body);
      onAsked(id);
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
    <section className="card" aria-labelledby="rules-limits">
      <div className="card-head">
        <h2 id="rules-limits">Limits</h2>
        <p className="small quiet">version {rule.limitsVersion}</p>
      </div>
      <form onSubmit={submit}>
        {limits.length === 0 && <p className="quiet">It has no limit that could be set without a change of its code.</p>}
        <ul className="rules-limits">
          {limits.map((limit) => (
            <Limit
              key={limit.name}
              limit={limit}
              change={rule.changes.find((change) => change.limit === limit.name)}
              typed={typed[limit.name]}
              canTry={canTry}
              onTyped={(text) => setTyped({ ...typed, [limit.name]: text })}
            />
          ))}
        </ul>
        {canTry && (
          <div className="rules-try">
            {recordings.length > 1 && (
              <label className="field">
                <span>Recording of</span>
                <select value={edge} onChange={(event) => setEdge(event.target.value)}>
                  {recordings.map((name) => (
                    <option key={name} value={name}>
                      {name}
                    </option>
                  ))}
                </select>
              </label>
            )}
            <label className="field">
              <span>On</span>
              <select value={span} onChange={(event) => setSpan(Number(event.target.value))}>
                {spans.map(([words], index) => (
                  <option key={words} value={index}>
                    {words}
                  </option>
                ))}
              </select>
            </label>
            <button type="submit" className="button" data-kind="primary" disabled={isAsking}>
              <FlaskConical aria-hidden="true" />
              Try these limits
            </button>
            <Labels labels={labels} onLabels={setLabels} />
          </div>
        )}
        {problem && (
          <p className="rules-problem" role="alert">
            {problem.message}
          </p>
        )}
      </form>
      <p className="small quiet">{foot(rule)}</p>
    </section>
  );
}

function foot(rule: RuleDetail): string {
  const set = 'Limits are set in limits.yaml of the landscape, or in an environment file, and count when hub and edge are started again.';
  if (!rule.mayTry) return `${set} Operators and admins may try others here.`;
  const elsewhere = recordedElsewhere(rule);
  if (rule.recordings.length === 0) return `${set} ${elsewhere}`;
  return `${set} Trying sends nothing, changes nothing, and is noted in the audit. ${elsewhere}`.trimEnd();
}

/** What is typed beside a limit, as it is asked for; nothing where nothing is. */
export function triedValue({ name, value }: RuleLimit, text: string | undefined): readonly (readonly [string, number | string])[] {
  const given = text?.trim() ?? '';
  if (given === '') return [];
  const number = Number(given.replace(',', '.'));
  return [[name, typeof value === 'number' && Number.isFinite(number) ? number : given.replaceAll(' ', '').replace(/min$/, 'm')]];
}

interface LimitProps {
  readonly limit: RuleLimit;
  readonly change: LimitChange | undefined;
  readonly typed: string | undefined;
  readonly canTry: boolean;
  readonly onTyped: (text: string) => void;
}

export function Limit({ limit: { name, value, usual, why }, change, typed, canTry, onTyped }: LimitProps): ReactElement {
  const id = useId();
  return (
    <li>
      <div>
        <p>
          <strong>{name}</strong> <span className="rules-value">{valueWords(value)}</span>
        </p>
        <p className="small quiet">{why}</p>
        <p className="small quiet">
          {change ? (
            <>
              Since <Instant ms={change.atMs} precision="day" />, {valueWords(change.before)} before. Came with release {change.release?.slice(0, 8) ?? 'unknown'}, audit entry{' '}
              {change.audit}
              {value !== usual && `; usual is ${valueWords(usual)}`}.
            </>
          ) : value === usual ? (
            'As the landscape declares it, never changed.'
          ) : (
            `Usual is ${valueWords(usual)}; set before the audit began.`
          )}
        </p>
      </div>
      {canTry && (
        <label className="field" htmlFor={id}>
          <span className="small">
            Try<span className="visually-hidden"> {name} at</span>
          </span>
          <input
            id={id}
            type="text"
            inputMode={typeof value === 'number' ? 'decimal' : 'text'}
            autoComplete="off"
            placeholder={String(value)}
            maxLength={32}
            value={typed ?? ''}
            onChange={(event) => onTyped(event.target.value)}
          />
        </label>
      )}
    </li>
  );
}

function Labels({ labels, onLabels }: { readonly labels: string; readonly onLabels: (text: string) => void }): ReactElement {
  return (
    <details className="rules-labels">
      <summary className="small">Compare with times that are known to have been wrong</summary>
      <label className="field">
        <span className="small">One a line: from,to in UTC</span>
        <textarea
          rows={3}
          className="mono"
          placeholder="2026-11-02T06:10:00Z,2026-11-02T06:25:00Z"
          value={labels}
          maxLength={60_000}
          onChange={(event) => onLabels(event.target.value)}
        />
      </label>
    </details>
  );
}
