import './play.css';
import { ChevronDown, ChevronUp, Gauge, Plug, PlugZap, Zap, Truck, type LucideIcon } from 'lucide-react';
import { useCallback, useState, type ReactElement } from 'react';
import type { DemoAct, DemoState } from '../../api/demo-state.ts';
import { act } from './play-state.ts';
import { VerdictBadge, VerdictPanel } from './verdict-panel.tsx';

interface Choice {
  readonly id: string;
  readonly act: DemoAct;
  readonly title: string;
  /** What it does, for who hovers. */
  readonly means: string;
  readonly icon: LucideIcon;
  /** Pressed while the world is broken this way. */
  readonly pressed: boolean;
}

function choicesIn({ switches }: DemoState): readonly Choice[] {
  const slow = switches.packer === 'slow';
  const down = switches.transport === 'down';
  const cut = switches.link === 'cut';
  return [
    slow
      ? { id: 'packer', act: 'recover-packer', title: 'Let the packer recover', means: 'Packer 3 goes back to its target rate.', icon: Gauge, pressed: true }
      : { id: 'packer', act: 'slow-packer', title: 'Slow the packer', means: 'Packer 3 falls to 55 % of its target rate.', icon: Gauge, pressed: false },
    down
      ? { id: 'transport', act: 'transport-up', title: 'Bring transport back', means: 'The transport service answers again.', icon: Truck, pressed: true }
      : { id: 'transport', act: 'transport-down', title: 'Cut transport', means: 'The transport service refuses every request.', icon: Truck, pressed: false },
    cut
      ? { id: 'link', act: 'mend-link', title: 'Mend the plant’s link', means: 'Edge and hub reach each other again.', icon: PlugZap, pressed: true }
      : { id: 'link', act: 'cut-link', title: 'Cut the plant’s link', means: 'Edge and hub no longer reach each other.', icon: Plug, pressed: false },
    {
      id: 'hub',
      act: 'kill-hub',
      title: switches.hub === 'up' ? 'Kill the hub' : 'Hub is starting …',
      means: 'kill -9 of the hub’s process; it is started again.',
      icon: Zap,
      pressed: switches.hub !== 'up',
    },
    {
      id: 'edge',
      act: 'kill-edge',
      title: switches.edge === 'up' ? 'Kill the edge' : 'Edge is starting …',
      means: 'kill -9 of the edge’s process; it is started again.',
      icon: Zap,
      pressed: switches.edge !== 'up',
    },
  ];
}

/** Break things and watch that nothing gets lost. Only in the demo; on a phone the buttons come when they are asked for. */
export function PlayBar({ play, show }: { readonly play: DemoState; readonly show: (play: DemoState) => void }): ReactElement {
  const [open, setOpen] = useState<'verdict' | 'buttons'>();
  const [refusal, setRefusal] = useState('');
  const toggle = (part: 'verdict' | 'buttons'): void => setOpen(open === part ? undefined : part);
  const press = useCallback(
    (name: DemoAct) => {
      setRefusal('');
      act(name).then(show, (error: unknown) => setRefusal(error instanceof Error ? error.message : String(error)));
    },
    [show],
  );
  const said = refusal === '' ? sentenceOf(play) : refusal;
  return (
    <section className="play-dock play" id="play" tabIndex={-1} aria-label="Demo: break things" data-open={open} onKeyDown={({ key }) => key === 'Escape' && setOpen(undefined)}>
      {open === 'verdict' && <VerdictPanel play={play} />}
      <div className="play-row">
        <p className="play-said" role="status" title={said}>
          <strong>Demo</strong> {said}
        </p>
        <button type="button" className="button play-more" aria-expanded={open === 'buttons'} onClick={() => toggle('buttons')}>
          <Zap aria-hidden="true" />
          Break things
        </button>
        <Buttons play={play} press={press} />
        <button type="button" className="button play-verdict" aria-expanded={open === 'verdict'} onClick={() => toggle('verdict')}>
          <VerdictBadge play={play} />
          {open === 'verdict' ? <ChevronDown aria-hidden="true" /> : <ChevronUp aria-hidden="true" />}
        </button>
      </div>
    </section>
  );
}

function Buttons({ play, press }: { readonly play: DemoState; readonly press: (name: DemoAct) => void }): ReactElement {
  const scripted = play.scene.phase === 'playing';
  const { hub, edge } = play.switches;
  const isStarting = (name: DemoAct): boolean => (name === 'kill-hub' && hub !== 'up') || (name === 'kill-edge' && edge !== 'up');
  return (
    <ul className="play-buttons">
      {choicesIn(play).map((choice) => (
        <li key={choice.id}>
          <button
            type="button"
            className="button"
            data-pressed={choice.pressed}
            title={choice.means}
            disabled={scripted || isStarting(choice.act)}
            onClick={() => press(choice.act)}
          >
            <choice.icon aria-hidden="true" />
            {choice.title}
          </button>
        </li>
      ))}
    </ul>
  );
}

/** What goes on, in a sentence. */
function sentenceOf({ scene, log }: DemoState): string {
  if (scene.phase === 'playing') return `plays by itself: ${scene.now}`;
  return log.at(-1)?.text ?? 'Break something, and watch that nothing gets lost.';
}
