import { KeyRound } from 'lucide-react';
import type { ReactElement } from 'react';

/** Seen by who has no session: how to get one. */
export function SignedOut(): ReactElement {
  return (
    <main className="notice">
      <KeyRound aria-hidden="true" />
      <h1>Sign in to Lineshaft</h1>
      <p>
        Open the sign-in link that the hub printed when it started. It works once, within ten minutes. An administrator makes another with <code>POST /api/sign-in-links</code>.
      </p>
    </main>
  );
}
