// How things stand, always as word, icon and colour together.
import { AlertTriangle, Ban, CheckCircle2, CircleDashed, CirclePause, Clock, Hourglass, Layers, Loader, RotateCcw, type LucideIcon } from 'lucide-react';
import type { ReactElement, ReactNode } from 'react';

export type Tone = 'ok' | 'waiting' | 'bad' | 'held' | 'plain';

interface Look {
  readonly tone: Tone;
  readonly icon: LucideIcon;
}

/** Every status word that the hub uses, of runs, steps, effects, systems, exceptions. */
const looks: Readonly<Record<string, Look>> = {
  up: { tone: 'ok', icon: CheckCircle2 },
  down: { tone: 'bad', icon: AlertTriangle },
  probing: { tone: 'waiting', icon: Loader },
  paused: { tone: 'waiting', icon: CirclePause },
  done: { tone: 'ok', icon: CheckCircle2 },
  came: { tone: 'ok', icon: CheckCircle2 },
  answered: { tone: 'ok', icon: CheckCircle2 },
  resolved: { tone: 'ok', icon: CheckCircle2 },
  logged: { tone: 'plain', icon: CircleDashed },
  begun: { tone: 'plain', icon: CircleDashed },
  active: { tone: 'plain', icon: Loader },
  queued: { tone: 'plain', icon: Hourglass },
  'not set back': { tone: 'bad', icon: AlertTriangle },
  compensated: { tone: 'plain', icon: RotateCcw },
  running: { tone: 'plain', icon: Loader },
  waiting: { tone: 'waiting', icon: Hourglass },
  sent: { tone: 'waiting', icon: Hourglass },
  intended: { tone: 'waiting', icon: Hourglass },
  buffered: { tone: 'held', icon: Layers },
  unknown: { tone: 'waiting', icon: Hourglass },
  retrying: { tone: 'waiting', icon: RotateCcw },
  'timed out': { tone: 'plain', icon: Clock },
  ended: { tone: 'plain', icon: Ban },
  expired: { tone: 'bad', icon: Clock },
  cancelled: { tone: 'plain', icon: Ban },
  undone: { tone: 'plain', icon: RotateCcw },
  refused: { tone: 'bad', icon: Ban },
  failed: { tone: 'bad', icon: AlertTriangle },
  parked: { tone: 'bad', icon: CirclePause },
  open: { tone: 'bad', icon: AlertTriangle },
  acknowledged: { tone: 'waiting', icon: Hourglass },
  high: { tone: 'bad', icon: AlertTriangle },
  critical: { tone: 'bad', icon: AlertTriangle },
  medium: { tone: 'waiting', icon: AlertTriangle },
  low: { tone: 'plain', icon: CircleDashed },
};

const unknownLook: Look = { tone: 'plain', icon: CircleDashed };

export function toneOf(status: string): Tone {
  return (looks[status] ?? unknownLook).tone;
}

/** The status as a pill; `children` say more than the status's own word. */
export function Status({ status, children }: { readonly status: string; readonly children?: ReactNode }): ReactElement {
  const { tone, icon: Icon } = looks[status] ?? unknownLook;
  return (
    <span className="badge" data-tone={tone}>
      <Icon aria-hidden="true" />
      {children ?? status}
    </span>
  );
}

/** Only the icon, in its colour, for tight places that carry the word elsewhere. */
export function StatusIcon({ status }: { readonly status: string }): ReactElement {
  const { tone, icon: Icon } = looks[status] ?? unknownLook;
  return <Icon aria-hidden="true" className="status-icon" data-tone={tone} />;
}
