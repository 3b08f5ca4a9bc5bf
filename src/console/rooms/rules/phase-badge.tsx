import type { ReactElement } from 'react';
import { Status } from '../../parts/status.tsx';
import { phaseOf } from './rule-words.ts';

/** How a rule stands at an edge, in a word. */
export function PhaseBadge({ phase }: { readonly phase: string }): ReactElement {
  const { status, words } = phaseOf(phase);
  return <Status status={status}>{words}</Status>;
}
