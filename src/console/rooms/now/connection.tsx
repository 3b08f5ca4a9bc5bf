import { useCallback, type ReactElement, type ReactNode } from 'react';
import { place } from './pulses.ts';

interface ConnectionProps {
  /** As in a leg of a pulse. */
  readonly name: string;
  readonly state?: 'whole' | 'broken' | 'held';
  /** What waits on it, or why it is broken. */
  readonly children?: ReactNode;
}

/** A line between two nodes of the map, along which pulses travel. What it says stands in words in the nodes too. */
export function Connection({ name, state = 'whole', children }: ConnectionProps): ReactElement {
  const lay = useCallback((element: HTMLElement | null) => (element ? place(name, element) : undefined), [name]);
  return (
    <span className="now-link" data-state={state} aria-hidden="true">
      <span className="now-link-way" ref={lay} />
      {children}
    </span>
  );
}
