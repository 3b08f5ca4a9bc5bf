import { useId, useState, type ReactElement, type SubmitEvent } from 'react';
import type { EdgeKeyView } from '../../../api/edge-keys.ts';
import type { EdgeNameView } from '../../../api/edge-names.ts';
import { post } from '../../api/client.ts';
import { useHub } from '../../api/hub-query.ts';
import { Age } from '../../parts/instant.tsx';
import { countWords } from '../../words/number.ts';
import { claimsOf, type Claim } from './claim-words.ts';

const claimsEveryMs = 5_000;

/** Others that want to be this edge and were refused, each with a way to accept it; nothing where there are none. */
export function ClaimCard({ edge }: { readonly edge: string }): ReactElement | null {
  const path = `/api/edges/${encodeURIComponent(edge)}`;
  const name = useHub<EdgeNameView>(`${path}/name`, { everyMs: claimsEveryMs });
  const role = useRole();
  const key = useHub<EdgeKeyView>(`${path}/signing-key`, { everyMs: claimsEveryMs });
  const claims = claimsOf(edge, name.data, key.data);
  if (claims.length === 0) return null;
  return (
    <ClaimList
      title="Refused"
      role={role}
      claims={claims}
      onAccepted={() => {
        void name.refetch();
        void key.refetch();
      }}
    />
  );
}

function useRole(): string | undefined {
  return useHub<{ readonly role: string }>('/api/me').data?.role;
}

/** Edges of the whole plant whose name another one has; nothing where there are none. */
export function RefusedEdges(): ReactElement | null {
  const role = useRole();
  const names = useHub<readonly EdgeNameView[]>('/api/edge-names', { everyMs: claimsEveryMs });
  const claims = (names.data ?? []).flatMap((name) => claimsOf(name.edge, name, undefined));
  if (claims.length === 0) return null;
  return <ClaimList title={countWords(claims.length, 'edge is refused', 'edges are refused')} role={role} claims={claims} onAccepted={() => void names.refetch()} />;
}

interface ClaimListProps {
  readonly title: string;
  readonly claims: readonly Claim[];
  /** Of the reader; undefined until it is known. */
  readonly role: string | undefined;
  readonly onAccepted: () => void;
}

export function ClaimList({ title, claims, role, onAccepted }: ClaimListProps): ReactElement {
  const mayAct = role === 'admin' || role === 'operator';
  return (
    <section className="card plant-claims" aria-labelledby="plant-claims">
      <div className="card-head">
        <h2 id="plant-claims">{title}</h2>
      </div>
      {role !== undefined && !mayAct && <p className="quiet small">Your role is {role}: an operator or admin accepts one of them.</p>}
      <ul>
        {claims.map((claim) => (
          <Claimed key={`${claim.path} ${claim.id}`} claim={claim} mayAct={mayAct} onAccepted={onAccepted} />
        ))}
      </ul>
    </section>
  );
}

function Claimed({ claim, mayAct, onAccepted }: { readonly claim: Claim; readonly mayAct: boolean; readonly onAccepted: () => void }): ReactElement {
  const { what, means, path, order, lastMs } = claim;
  const id = useId();
  const [note, setNote] = useState('');
  const [problem, setProblem] = useState<string>();
  const [isAsking, setIsAsking] = useState(false);
  const accept = async (): Promise<void> => {
    setIsAsking(true);
    setProblem(undefined);
    try {
      await post(path, { ...order, note: note.trim() });
      onAccepted();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    } finally {
      setIsAsking(false);
    }
  };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    void accept();
  };
  return (
    <li>
      <p>
        {what}
        {lastMs !== undefined && (
          <>
            {' '}
            Last <Age ms={lastMs} />.
          </>
        )}
      </p>
      <p className="small quiet">{means}</p>
      {mayAct && (
        <form onSubmit={submit}>
          <label className="field" htmlFor={id}>
            <span>Why, for the audit</span>
            <input id={id} value={note} maxLength={2_000} required onChange={(event) => setNote(event.target.value)} />
          </label>
          <button type="submit" className="button" disabled={isAsking || note.trim() === ''}>
            Accept this one
          </button>
        </form>
      )}
      {problem !== undefined && <p role="alert">{problem}</p>}
    </li>
  );
}
