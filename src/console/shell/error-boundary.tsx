import { Component, useCallback, useEffect, useRef, useState, type ReactElement, type ReactNode } from 'react';
import { get } from '../api/client.ts';
import { useLiveState } from '../api/live.ts';
import { Failure } from '../parts/notice.tsx';
import { PartMissing } from './later-part.ts';

interface Props {
  /** Another one, e.g. of another room, tries anew. */
  readonly place: string;
  readonly children: ReactNode;
}

interface State {
  readonly error: Error | undefined;
  readonly place: string;
}

/** Keeps what breaks in one place from taking the rest of the console with it. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { error: undefined, place: this.props.place };

  static getDerivedStateFromError(thrown: unknown): Partial<State> {
    return { error: thrown instanceof Error ? thrown : new Error(String(thrown)) };
  }

  static getDerivedStateFromProps({ place }: Props, state: State): State | null {
    return place === state.place ? null : { error: undefined, place };
  }

  override render(): ReactElement {
    return this.state.error ? <Broken error={this.state.error} /> : <>{this.props.children}</>;
  }
}

/** What broke, and the page loaded anew where somebody asks for it; by itself where only the hub was missing, and is back. */
function Broken({ error }: { readonly error: Error }): ReactElement {
  const state = useLiveState();
  const wasLost = useRef(false);
  const [isAway, setAway] = useState(false);
  // A page that is loaded while nobody answers would be the browser's own error page.
  const reload = useCallback(() => {
    get('/api/me').then(
      () => window.location.reload(),
      () => setAway(true),
    );
  }, []);
  useEffect(() => {
    wasLost.current ||= state === 'lost';
    if (state === 'live' && wasLost.current && error instanceof PartMissing) reload();
  }, [state, error, reload]);
  const help = isAway ? 'The hub does not answer yet.' : error instanceof PartMissing ? 'It comes as soon as the hub answers.' : '';
  return <Failure error={error} help={help} onAgain={reload} />;
}
