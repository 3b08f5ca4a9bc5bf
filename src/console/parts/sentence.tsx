import { CircleCheck, Gauge, Hourglass, TriangleAlert } from 'lucide-react';
import type { ReactElement } from 'react';
import type { Tone } from './status.tsx';

/** What a room says first, and how it stands. */
export interface Said {
  readonly tone: Tone;
  readonly text: string;
}

const icons = { ok: CircleCheck, plain: Gauge, waiting: Hourglass, bad: TriangleAlert, held: Hourglass } satisfies Record<Tone, unknown>;

/** The answer to a room's question, in one sentence. */
export function Sentence({ said: { tone, text } }: { readonly said: Said }): ReactElement {
  const Icon = icons[tone];
  return (
    <p className="sentence" data-tone={tone}>
      <Icon aria-hidden="true" />
      <span>{text.split(/(\S+-\S+)/).map((part, index) => (index % 2 === 0 ? part : <Key key={index}>{part}</Key>))}</span>
    </p>
  );
}

/** A key stays in one piece. */
function Key({ children }: { readonly children: string }): ReactElement {
  return <span className="sentence-key">{children}</span>;
}
