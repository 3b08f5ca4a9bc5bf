import type { ReactElement } from 'react';

export function NowRoom(): ReactElement {
  return <h1>Now</h1>;
}
