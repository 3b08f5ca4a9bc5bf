import type { ReactElement } from 'react';

export function PlayBar(): ReactElement | null {
  return null;
}
