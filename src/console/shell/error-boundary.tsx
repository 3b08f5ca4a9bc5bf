import { Component, type ReactElement, type ReactNode } from 'react';
import { Failure } from '../parts/notice.tsx';

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
    return this.state.error ? <Failure error={this.state.error} /> : <>{this.props.children}</>;
  }
}
