import { Users } from 'lucide-react';
import type { ReactElement } from 'react';
import { Instant } from '../../parts/instant.tsx';
import { Status } from '../../parts/status.tsx';
import type { ExceptionView } from '../../../api/exceptions.ts';
import { entryWords, meanwhile } from './inbox.ts';

/** Two people at one case: who did what while the other was writing, and how it stands now. */
export function CaseConflict({ seen, now, hasNote }: { readonly seen: ExceptionView; readonly now: ExceptionView; readonly hasNote: boolean }): ReactElement {
  return (
    <div className="exc-conflict" role="alert">
      <Users aria-hidden="true" />
      <div>
        <h3>Somebody else was faster</h3>
        <ul>
          {meanwhile(seen, now).map((entry) => (
            <li key={`${entry.at} ${entry.action}`}>
              <strong>{entryWords(entry)}</strong> at <Instant ms={Date.parse(entry.at)} />
              {entry.note !== '' && <q>{entry.note}</q>}
            </li>
          ))}
        </ul>
        <p>
          It is now <Status status={now.status} />. {now.status === 'resolved' ? 'There is nothing left to do.' : 'Nothing of yours was recorded yet.'}
          {hasNote && (now.status === 'resolved' ? ' Your note was not recorded; copy it if it is still of use.' : ' Your note is kept.')}
        </p>
      </div>
    </div>
  );
}
