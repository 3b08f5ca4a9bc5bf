import type { ReactElement } from 'react';

export function ExceptionsRoom(): ReactElement {
  return <h1>Exceptions</h1>;
}
