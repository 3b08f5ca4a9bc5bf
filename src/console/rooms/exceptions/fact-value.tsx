import type { ReactElement } from 'react';
import { Link } from 'react-router';
import { Instant } from '../../parts/instant.tsx';
import { exactWords, moneyWords, numberWords, unitWords } from '../../words/number.ts';
import { spanWords } from '../../words/time.ts';
import type { Fact } from './facts.ts';

/** A value as people read it; `key` links it to the story of that business key. */
export function FactValue({ fact, isKey = false }: { readonly fact: Fact; readonly isKey?: boolean }): ReactElement {
  switch (fact.kind) {
    case 'money':
      return <span className="exc-number">{moneyWords(fact.amount, fact.currency)}</span>;
    case 'instant':
      return <Instant ms={fact.ms} precision="day" />;
    case 'span':
      return <Span fromMs={fact.fromMs} toMs={fact.toMs} />;
    case 'duration':
      return (
        <span className="exc-number" title={fact.lowMs === undefined || fact.highMs === undefined ? undefined : `${spanWords(fact.lowMs)} to ${spanWords(fact.highMs)}`}>
          {fact.ms < 0 ? `−${spanWords(fact.ms)}` : spanWords(fact.ms)}
        </span>
      );
    case 'quantity':
      return (
        <span className="exc-number" title={exactWords(fact.value)}>
          {numberWords(fact.value)} <span className="exc-unit">{unitWords(fact.unit, fact.value)}</span>
        </span>
      );
    case 'flag':
      return <>{fact.on ? 'yes' : 'no'}</>;
    case 'text':
      return isKey ? <KeyLink value={fact.text} /> : <span className="exc-text">{fact.text}</span>;
    case 'texts':
      return <Texts texts={fact.texts} />;
  }
}

/** A business key, which leads to its story. */
export function KeyLink({ value }: { readonly value: string }): ReactElement {
  return (
    <Link className="exc-text" to={`/orders/${encodeURIComponent(value)}`}>
      {value}
    </Link>
  );
}

/** A stretch of time; one that is shorter than a few minutes is told by the second. */
function Span({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): ReactElement {
  const precision = toMs - fromMs < 180_000 ? 'second' : 'day';
  return (
    <span className="exc-number">
      <Instant ms={fromMs} precision={precision} /> to <Instant ms={toMs} precision={precision} />
    </span>
  );
}

/** Short ones in a line, long ones below each other. */
function Texts({ texts }: { readonly texts: readonly string[] }): ReactElement {
  const shown = texts.slice(0, 20);
  if (shown.every((text) => text.length < 24)) return <span className="exc-text">{shown.join(', ')}</span>;
  return (
    <ul className="exc-texts">
      {shown.map((text, index) => (
        <li key={`${index} ${text}`}>{text}</li>
      ))}
    </ul>
  );
}
