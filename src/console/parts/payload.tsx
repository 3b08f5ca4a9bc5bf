import type { ReactElement } from 'react';

/** A value as the hub recorded it, to be read and selected. */
export function Payload({ value, label }: { readonly value: unknown; readonly label: string }): ReactElement {
  return (
    // Focusable, because it scrolls.
    <pre className="payload" tabIndex={0} role="region" aria-label={label}>
      {JSON.stringify(value, undefined, 2) ?? 'nothing'}
    </pre>
  );
}
