import type { ReactElement } from 'react';

export function FlowRoom(): ReactElement {
  return <h1>Flow</h1>;
}
