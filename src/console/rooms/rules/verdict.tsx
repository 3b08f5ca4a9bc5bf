import type { ReactElement } from 'react';
import { Status } from '../../parts/status.tsx';

/** What was tried beside what really was: told by both, by the trial alone, by the edge alone. */
export type Compared = 'same' | 'new' | 'gone';

const shown = { same: ['logged', 'as it was'], new: ['waiting', 'new'], gone: ['cancelled', 'left out'] } as const;

export function Verdict({ of }: { readonly of: Compared }): ReactElement {
  const [status, words] = shown[of];
  return <Status status={status}>{words}</Status>;
}
