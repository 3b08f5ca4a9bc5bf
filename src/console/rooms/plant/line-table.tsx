import type { ReactElement } from 'react';
import { Link } from 'react-router';
import type { EdgeView } from '../../../api/trends.ts';
import { useNewest } from '../../api/live.ts';
import { useSignalText } from '../../api/signal-texts.ts';
import { Status } from '../../parts/status.tsx';
import { countWords, numberWords, unitWords } from '../../words/number.ts';
import { stateWords } from '../line/line-words.ts';
import type { PlantLine, PlantMachine } from './plant-parts.ts';

/** One line: its machines as they are now, and who listens. */
export function LineTable({ line, edges }: { readonly line: PlantLine; readonly edges: readonly EdgeView[] }): ReactElement {
  const listening = edges.filter(({ status }) => status?.sources.some(({ name }) => line.sources.includes(name)));
  return (
    <section className="card plant-line" aria-label={line.title}>
      <div className="card-head">
        <h3>
          <Link to={`/lines/${encodeURIComponent(line.name)}`}>{line.title}</Link> <span className="quiet">{line.area}</span>
        </h3>
        <p className="small quiet">
          {listening.length === 0 ? 'no edge listens' : 'heard by '}
          {listening.map(({ edge }, index) => (
            <span key={edge}>
              {index > 0 && ', '}
              <Link to={`/plant/${encodeURIComponent(edge)}`}>{edge}</Link>
            </span>
          ))}
        </p>
      </div>
      <ul className="plant-machines">
        {line.machines.map((machine) => (
          <Machine key={machine.name} machine={machine} edges={edges} />
        ))}
      </ul>
    </section>
  );
}

function Machine({ machine, edges }: { readonly machine: PlantMachine; readonly edges: readonly EdgeView[] }): ReactElement {
  const newest = useNewest(machine.rate?.name ?? '');
  const targetNow = useNewest(machine.target ?? '');
  const state = useSignalText(machine.state)?.value;
  const target = newest?.target ?? targetNow?.average;
  const open = machine.rules.find(({ name }) => edges.some(({ status }) => status?.rules?.some(({ rule, phase }) => rule === name && phase === 'open')));
  return (
    <li className="plant-machine" data-bad={open !== undefined}>
      <strong title={machine.title}>{machine.title}</strong>
      <span className="plant-rate">
        {machine.rate === undefined ? (
          <span className="quiet">no rate is measured</span>
        ) : newest === undefined ? (
          <span className="quiet">not heard</span>
        ) : (
          <>
            <strong>{numberWords(newest.average)}</strong> {target !== undefined && `of ${numberWords(target)} `}
            {unitWords(machine.rate.unit)}
          </>
        )}
      </span>
      <span className="plant-state">
        {open ? (
          <Link to={`/rules/${encodeURIComponent(open.name)}`} title={open.title}>
            <Status status="open">found by its rule</Status>
          </Link>
        ) : (
          <span className="quiet">{state === undefined ? 'no state heard' : stateWords(state).words}</span>
        )}
      </span>
      <span className="small quiet plant-counts">
        {countWords(machine.signals, 'signal')}
        {machine.rules.length > 0 && `, ${countWords(machine.rules.length, 'rule')}`}
      </span>
    </li>
  );
}
