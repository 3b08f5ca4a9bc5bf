import type { ReactElement } from 'react';

interface KnownLabelsProps {
  readonly title: string;
  /** How a line is written, and an example. */
  readonly line: string;
  readonly example: string;
  readonly labels: string;
  readonly onLabels: (text: string) => void;
}

/** A field for what people know of the time that something is tried on. */
export function KnownLabels({ title, line, example, labels, onLabels }: KnownLabelsProps): ReactElement {
  return (
    <details className="rules-labels">
      <summary className="small">{title}</summary>
      <label className="field">
        <span className="small">{line}</span>
        <textarea rows={3} className="mono" placeholder={example} value={labels} maxLength={60_000} onChange={(event) => onLabels(event.target.value)} />
      </label>
    </details>
  );
}
