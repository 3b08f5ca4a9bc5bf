import { KeyRound } from 'lucide-react';
import type { ReactElement } from 'react';
import { useSearchParams } from 'react-router';

/** What became of a link that signs nobody in. */
const refusals: Readonly<Record<string, string>> = {
  used: 'This sign-in link has been used already, or is older than ten minutes.',
  later: 'Too many links that open nothing came from here. Wait a minute before you try the next one.',
};

/** Seen by who has no session: how to get one. */
export function SignedOut(): ReactElement {
  const [search] = useSearchParams();
  const refusal = refusals[search.get('sign-in') ?? ''];
  return (
    <main className="notice">
      <KeyRound aria-hidden="true" />
      <h1>Sign in to Lineshaft</h1>
      {refusal !== undefined && (
        <p role="alert">
          <strong>{refusal}</strong>
        </p>
      )}
      <p>
        Open the sign-in link that the hub printed when it started: it works once, within ten minutes. For a new one, type <code>npx lineshaft sign-in</code> where the hub runs, or
        ask whoever looks after it.
      </p>
    </main>
  );
}
