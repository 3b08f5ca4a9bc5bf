import type { ReactElement } from 'react';

export function LineRoom(): ReactElement {
  return <h1>Line</h1>;
}
