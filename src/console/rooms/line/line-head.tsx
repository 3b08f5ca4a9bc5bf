import type { ReactElement } from 'react';
import { Link } from 'react-router';
import { Sentence } from '../../parts/sentence.tsx';
import { useZone } from '../../shell/plant.ts';
import { useTitles } from '../../shell/titles.ts';
import { countWords } from '../../words/number.ts';
import { spanWords } from '../../words/time.ts';
import type { Episode } from './episodes.ts';
import type { Consequence } from './followed.ts';
import type { LineParts, MachineParts } from './line-parts.ts';
import { lineSays, runWords } from './line-words.ts';
import { useEventNow, useMachineNow, type RuleStanding } from './use-line.ts';

/** How long it is still said that a machine had been too slow. */
const pastMs = 10 * 60_000;

interface LineHeadProps {
  readonly line: LineParts;
  readonly lines: readonly LineParts[];
  /** The machine that the line's state is told by: the one that is worst off. */
  readonly machine: MachineParts | undefined;
  readonly standing: RuleStanding | undefined;
  readonly episodes: readonly Episode[];
  /** The newest finding, with what came of it. */
  readonly newest: Consequence | undefined;
  /** How long the edge that watches has been silent, where it is. */
  readonly silentMs: number | undefined;
}

/** Does the line make what the plan says, and if not, since when and what was done? */
export function LineHead({ line, lines, machine, standing, episodes, newest, silentMs }: LineHeadProps): ReactElement {
  return (
    <header className="line-head">
      <div className="line-head-top">
        <h1>
          {line.title}
          <span className="quiet">{line.place}</span>
        </h1>
        {lines.length > 1 && <Switcher line={line} lines={lines} />}
      </div>
      {silentMs !== undefined && (
        <Sentence said={{ tone: 'waiting', text: `The edge that watches ${line.title} has been silent for ${spanWords(silentMs)}. What is shown is what it said last.` }} />
      )}
      {silentMs === undefined && machine && <MachineSentence line={line} machine={machine} standing={standing} episodes={episodes} />}
      {silentMs === undefined && !machine && (
        <Sentence
          said={{
            tone: 'plain',
            text: line.machines.length === 0 ? `No signal of ${line.title} is declared, so nothing is known of it.` : `No machine of ${line.title} tells how much it makes.`,
          }}
        />
      )}
      {line.machines.length > 0 && <Done newest={newest} />}
    </header>
  );
}

function MachineSentence({ line, machine, standing, episodes }: Pick<LineHeadProps, 'line' | 'standing' | 'episodes'> & { readonly machine: MachineParts }): ReactElement {
  const zone = useZone();
  const now = useMachineNow(machine);
  const nowMs = useEventNow(now.atMs);
  const rule = machine.rule && { phase: standing?.phase ?? 'watching', openSinceMs: standing?.openSinceMs, limit: machine.rule.limit, sustainedMs: machine.rule.sustainedMs };
  const last = episodes.at(-1);
  const past = last?.clearedMs !== undefined && nowMs - last.clearedMs < pastMs ? { sinceMs: last.sinceMs, clearedMs: last.clearedMs } : undefined;
  return <Sentence said={lineSays({ line: line.title, machine: now, rule, past, nowMs, zone })} />;
}

/** What Lineshaft did about the newest finding, in one line. */
function Done({ newest }: { readonly newest: Consequence | undefined }): ReactElement | null {
  const titleOf = useTitles();
  if (!newest) return <p className="line-done quiet">Nothing had to be done about it.</p>;
  const { runs, cases } = newest;
  const open = cases.filter(({ status }) => status !== 'resolved');
  const [run] = runs;
  return (
    <p className="line-done quiet">
      {run ? (
        <>
          {titleOf('flow', run.flow)}: {runWords(run.status)} <Link to={`/orders/${encodeURIComponent(run.key)}`}>{run.key}</Link>
        </>
      ) : (
        'No flow follows from it'
      )}
      {open.length > 0 && (
        <>
          ; <Link to={`/exceptions/${encodeURIComponent(open[0]?.id ?? '')}`}>{open.length === 1 ? 'its case needs' : `its ${countWords(open.length, 'case')} need`} a person</Link>
        </>
      )}
      .
    </p>
  );
}

function Switcher({ line, lines }: Pick<LineHeadProps, 'line' | 'lines'>): ReactElement {
  return (
    <nav aria-label="Lines" className="line-switch">
      {lines.map(({ name, title }) => (
        <Link key={name} to={`/lines/${encodeURIComponent(name)}`} aria-current={name === line.name ? 'page' : undefined}>
          {title}
        </Link>
      ))}
    </nav>
  );
}
