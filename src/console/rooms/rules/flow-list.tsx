import type { ReactElement } from 'react';
import { Link } from 'react-router';
import type { BacktestOutcome } from '../../../api/rules.ts';
import { Instant } from '../../parts/instant.tsx';
import { Payload } from '../../parts/payload.tsx';
import { useTitles } from '../../shell/titles.ts';
import { countWords } from '../../words/number.ts';

const ends: Readonly<Record<BacktestOutcome['flows'][number]['end'], string>> = {
  done: 'goes through',
  compensated: 'is taken back',
  failed: 'fails',
  parked: 'is parked',
  stopped: 'stops where an answer is not known',
  waiting: 'waits',
  left: 'is left to the run that has its order',
  decided: 'is decided by a person',
};

/** The flows that would have started, and what they would have asked for. Nothing was sent. */
export function FlowList({ outcome: { flows, flowsFound, answers } }: { readonly outcome: Pick<BacktestOutcome, 'flows' | 'flowsFound' | 'answers'> }): ReactElement {
  const titleOf = useTitles();
  return (
    <section aria-labelledby="rules-flows">
      <h3 id="rules-flows">What would have followed</h3>
      <p className="small quiet">
        {flowsFound === 0
          ? 'No flow would have started.'
          : `${countWords(flowsFound, 'flow')} would have started; nothing was sent. ${countWords(answers.ofThen, 'answer')} of then from the log, ${countWords(answers.standIn, 'answer stands', 'answers stand')} in.`}
      </p>
      <ol className="rules-flows">
        {flows.map(({ flow, key, event, end, why, effects }) => (
          <li key={`${flow} ${event.id}`}>
            <p>
              <Link to={`/flows/${encodeURIComponent(flow)}`}>{titleOf('flow', flow)}</Link> {key !== undefined && <strong>{key}</strong>}{' '}
              <span className="quiet">
                <Instant ms={Date.parse(event.taken)} /> · {ends[end]}
                {why !== undefined && `: ${why}`}
              </span>
            </p>
            <ul>
              {effects.map(({ kind, name, system, input, answer }, index) => (
                // The same may be asked for more than once.
                <li key={index}>
                  <details>
                    <summary>
                      {kind === 'raise' ? `Case: ${titleOf('exception', name)}` : titleOf('capability', name)}
                      <span className="quiet">
                        {system !== undefined && ` → ${titleOf('system', system)}`}
                        {answer === 'stand-in' && ' (its answer stands in)'}
                      </span>
                    </summary>
                    <Payload value={input} label={`What ${name} would have been asked`} />
                  </details>
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ol>
      {flowsFound > flows.length && <p className="small quiet">and {countWords(flowsFound - flows.length, 'more flow')}</p>}
    </section>
  );
}
