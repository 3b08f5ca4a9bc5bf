import './rules.css';
import type { ReactElement } from 'react';
import { Link, useParams } from 'react-router';
import type { RuleView } from '../../../api/rules.ts';
import { useHub } from '../../api/hub-query.ts';
import { Empty, Loaded } from '../../parts/notice.tsx';
import { useTitles } from '../../shell/titles.ts';
import { MachineList } from './machine-list.tsx';
import { MachinePage } from './machine-page.tsx';
import { PhaseBadge } from './phase-badge.tsx';
import { RulePage } from './rule-page.tsx';
import { ruleSentences, rulesSay } from './rule-words.ts';

const everyMs = 2_000;

/** What is watched for: every rule, and how it stands, and every machine whose states are told; or one of them. */
export function RulesRoom(): ReactElement {
  const { name, machine } = useParams();
  if (machine !== undefined) return <MachinePage key={machine} name={machine} />;
  return name === undefined ? <All /> : <RulePage key={name} name={name} />;
}

function All(): ReactElement {
  const rules = useHub<readonly RuleView[]>('/api/rules', { everyMs });
  return (
    <Loaded query={rules} height={40}>
      {(all) =>
        all.length === 0 ? (
          <div className="rules">
            <Empty title="No rule is declared yet">A rule turns signals into an event; it is written with defineRule() in the landscape.</Empty>
            <MachineList />
          </div>
        ) : (
          <List all={all} />
        )
      }
    </Loaded>
  );
}

function List({ all }: { readonly all: readonly RuleView[] }): ReactElement {
  return (
    <div className="rules">
      <header className="room-head">
        <div>
          <h1>{rulesSay(all)}</h1>
          <p>Each turns what machines measure into an event when it matters, and into another when it is over.</p>
        </div>
      </header>
      <ul className="rules-list">
        {all.map((rule) => (
          <RuleCard key={rule.name} rule={rule} />
        ))}
      </ul>
      <MachineList />
    </div>
  );
}

function RuleCard({ rule: { name, title, asset, signal, terms, standings } }: { readonly rule: RuleView }): ReactElement {
  const titleOf = useTitles();
  return (
    <li className="card rules-card" data-open={standings.some(({ phase }) => phase === 'open')}>
      <div>
        <h2>
          <Link to={`/rules/${encodeURIComponent(name)}`}>{title}</Link>
        </h2>
        <p className="small quiet">{titleOf('asset', asset)}</p>
        <p>{ruleSentences(terms, titleOf('signal', signal)).fires}</p>
      </div>
      <ul className="rules-standings">
        {standings.length === 0 && <li className="small quiet">no edge that judges it was heard</li>}
        {standings.map(({ edge, phase }) => (
          <li key={edge}>
            <PhaseBadge phase={phase} /> <span className="small quiet">{edge}</span>
          </li>
        ))}
      </ul>
    </li>
  );
}
