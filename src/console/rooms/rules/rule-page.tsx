import { ArrowLeft } from 'lucide-react';
import { useState, type ReactElement } from 'react';
import { Link } from 'react-router';
import type { LoggedEpisode, RuleDetail } from '../../../api/rules.ts';
import { useHub } from '../../api/hub-query.ts';
import { Instant } from '../../parts/instant.tsx';
import { Loaded, NotThere } from '../../parts/notice.tsx';
import { Status } from '../../parts/status.tsx';
import { useTitles } from '../../shell/titles.ts';
import { useNow } from '../../words/now.ts';
import { countWords } from '../../words/number.ts';
import { spanWords } from '../../words/time.ts';
import { BacktestCard } from './backtest-card.tsx';
import { LimitCard } from './limit-card.tsx';
import { PhaseBadge } from './phase-badge.tsx';
import { ruleSentences } from './rule-words.ts';

/** Its episodes are read from the log each time. */
const everyMs = 4_000;
const episodesMax = 50;

/** One rule: what it says, by which limits, what it found lately, and what it would find with others. */
export function RulePage({ name }: { readonly name: string }): ReactElement {
  const rule = useHub<RuleDetail>(`/api/rules/${encodeURIComponent(name)}`, { everyMs });
  return (
    <div className="rules">
      <Link className="rules-back small" to="/rules">
        <ArrowLeft aria-hidden="true" />
        All rules
      </Link>
      {rule.error && !rule.data ? (
        <NotThere error={rule.error} title={`No rule is called “${name}”`}>
          It may belong to another release.
        </NotThere>
      ) : (
        <Loaded query={rule} height={40}>
          {(view) => <Whole rule={view} />}
        </Loaded>
      )}
    </div>
  );
}

function Whole({ rule }: { readonly rule: RuleDetail }): ReactElement {
  const titleOf = useTitles();
  const [asked, setAsked] = useState<string>();
  const { title, asset, signal, terms, standings, owners, name } = rule;
  const { fires, clears } = ruleSentences(terms, titleOf('signal', signal));
  const shown = asked ?? rule.backtest;
  return (
    <>
      <header className="rules-head">
        <h1>{title}</h1>
        <p className="rules-says">
          {fires} {clears}
        </p>
        <ul className="rules-standings">
          {standings.length === 0 && <li className="quiet">No edge that judges it was heard since the hub began.</li>}
          {standings.map(({ edge, phase, openSinceMs }) => (
            <li key={edge}>
              <PhaseBadge phase={phase} />{' '}
              <span className="small quiet">
                at <Link to={`/plant/${encodeURIComponent(edge)}`}>{edge}</Link>
                {phase === 'open' && openSinceMs !== undefined && (
                  <>
                    , since <Instant ms={openSinceMs} />
                  </>
                )}
              </span>
            </li>
          ))}
        </ul>
        <p className="small quiet">
          {titleOf('asset', asset)}, owned by {owners.map((owner) => titleOf('owner', owner)).join(' and ')}. <span className="mono">{name}</span>
        </p>
      </header>
      <div className="rules-columns">
        <LimitCard rule={rule} onAsked={setAsked} />
        <EpisodeCard episodes={rule.episodes} version={rule.limitsVersion} />
      </div>
      {shown !== undefined && <BacktestCard key={shown} id={shown} rule={rule} />}
    </>
  );
}

/** What it found lately, newest first. */
function EpisodeCard({ episodes, version }: { readonly episodes: readonly LoggedEpisode[]; readonly version: string }): ReactElement {
  return (
    <section className="card" aria-labelledby="rules-episodes">
      <div className="card-head">
        <h2 id="rules-episodes">What it found lately</h2>
        <p className="small quiet">{episodes.length === 0 ? '' : episodes.length === episodesMax ? `the newest ${episodesMax}` : countWords(episodes.length, 'time')}</p>
      </div>
      {episodes.length === 0 && <p className="quiet">Nothing: no edge has told of it in the newest events of the log.</p>}
      {episodes.length > 0 && (
        <ol className="rules-episodes" tabIndex={0} aria-label="Episodes, newest first">
          {episodes.map((episode) => (
            <Episode key={episode.id} episode={episode} version={version} />
          ))}
        </ol>
      )}
    </section>
  );
}

function Episode({ episode: { firedMs, clearedMs, edge, limitsVersion }, version }: { readonly episode: LoggedEpisode; readonly version: string }): ReactElement {
  const now = useNow();
  return (
    <li>
      <strong>
        <Instant ms={firedMs} precision="day" />
      </strong>
      <span>{clearedMs === undefined ? `lasts, ${spanWords(Math.max(0, Math.floor((now - firedMs) / 1_000) * 1_000))} so far` : `lasted ${spanWords(clearedMs - firedMs)}`}</span>
      {clearedMs === undefined ? <Status status="open">not over</Status> : <Status status="done">over</Status>}
      <span className="small quiet">
        {edge}
        {limitsVersion !== undefined && limitsVersion !== version && `, under other limits (${limitsVersion})`}
      </span>
    </li>
  );
}
