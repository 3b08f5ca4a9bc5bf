import { ChartLine, CirclePause, TriangleAlert } from 'lucide-react';
import type { ReactElement } from 'react';
import { Link } from 'react-router';
import { useZone } from '../../shell/plant.ts';
import { Instant } from '../../parts/instant.tsx';
import { useSignalText } from '../../api/signal-texts.ts';
import { numberWords, quantityWords, unitWords } from '../../words/number.ts';
import type { MachineParts } from './line-parts.ts';
import { endWords, rateWords, shareWords, slotWords, stateWords, type MachineNow } from './line-words.ts';
import { Spark } from './spark.tsx';
import { useEventNow, useMachineNow, useSlotShares, type RuleStanding } from './use-line.ts';

interface MachineCardProps {
  readonly machine: MachineParts;
  readonly standing: RuleStanding | undefined;
  readonly isShown: boolean;
  readonly onShow: () => void;
}

/** One machine: what it makes against what it should, its state, its order, and what else it measures. */
export function MachineCard({ machine, standing, isShown, onShow }: MachineCardProps): ReactElement {
  const now = useMachineNow(machine);
  const eventNow = useEventNow(now.atMs);
  const isSlow = standing?.phase === 'open';
  return (
    <li className="card line-machine" data-slow={isSlow} data-shown={isShown}>
      <div className="line-machine-head">
        <h2 title={now.title}>{now.title}</h2>
        <State now={now} isSlow={isSlow} />
        {machine.rate && (
          <button type="button" className="line-show" aria-pressed={isShown} title={isShown ? 'Shown in the chart' : 'Show in the chart'} onClick={onShow}>
            <ChartLine aria-hidden="true" />
            <span className="visually-hidden">Show {now.title} in the chart</span>
          </button>
        )}
      </div>
      {machine.rate && <Rate now={now} limit={machine.rule?.percentOf === undefined ? undefined : machine.rule.limit} isSlow={isSlow} />}
      <Order machine={machine} now={now} eventNow={eventNow} />
      {machine.others.length > 0 && (
        <dl className="line-sparks">
          {machine.others.map((signal) => (
            <Spark key={signal.name} signal={signal} />
          ))}
        </dl>
      )}
    </li>
  );
}

function State({ now, isSlow }: { readonly now: MachineNow; readonly isSlow: boolean }): ReactElement | null {
  if (isSlow) {
    return (
      <span className="badge" data-tone="bad">
        <TriangleAlert aria-hidden="true" />
        too slow
      </span>
    );
  }
  const said = now.state === undefined ? undefined : stateWords(now.state);
  // That it runs is normal, and stands below.
  if (!said || said.tone === 'plain') return null;
  return (
    <span className="badge" data-tone={said.tone}>
      <CirclePause aria-hidden="true" />
      {said.words}
    </span>
  );
}

function Rate({ now, limit, isSlow }: { readonly now: MachineNow; readonly limit: number | undefined; readonly isSlow: boolean }): ReactElement {
  const { rate, target, unit } = now;
  const share = rate === undefined || target === undefined || target === 0 ? undefined : rate / target;
  return (
    <div className="line-rate" data-slow={isSlow}>
      <p>
        <span className="figure-value">{rate === undefined ? '–' : rateWords(rate, target)}</span>{' '}
        <span className="figure-unit">
          {target !== undefined && `of ${numberWords(target)} `}
          {unitWords(unit)}
        </span>
      </p>
      <div className="line-bar" aria-hidden="true">
        <span style={{ width: `${Math.min(100, (share ?? 0) * 100)}%` }} />
        {limit !== undefined && target !== undefined && <i style={{ left: `${limit}%` }} />}
      </div>
      <p className="small quiet">
        {share === undefined ? (rate === undefined ? 'Nothing heard in the last minutes' : 'No target is set') : shareWords(share)}
        {limit !== undefined && share !== undefined && `, limit ${limit} %`}
      </p>
    </div>
  );
}

/** What it makes, how much of it is left, and until when. */
function Order({ machine, now, eventNow }: { readonly machine: MachineParts; readonly now: MachineNow; readonly eventNow: number }): ReactElement {
  const zone = useZone();
  const item = useSignalText(machine.item)?.value;
  const ends = endWords(now, eventNow, zone);
  const slot = useSlotShares(machine, eventNow);
  return (
    <dl className="line-order">
      {now.state !== undefined && now.stateSinceMs !== undefined && (
        <div>
          <dt>{stateWords(now.state).words}</dt>
          <dd>
            since <Instant ms={now.stateSinceMs} precision="day" />
          </dd>
        </div>
      )}
      {now.order !== undefined && (
        <div>
          <dt>Order</dt>
          <dd className="line-running">
            <Link to={`/orders/${encodeURIComponent(now.order)}`}>{now.order}</Link>
            {item !== undefined && <span className="quiet">{item}</span>}
          </dd>
        </div>
      )}
      {now.remaining !== undefined && machine.remaining && (
        <div>
          <dt>Remaining</dt>
          <dd>
            {quantityWords(Math.round(now.remaining), machine.remaining.unit)}
            {ends !== '' && <span className="quiet line-ends">{ends}</span>}
          </dd>
        </div>
      )}
      {slot && (
        <div>
          <dt>Slot so far</dt>
          <dd>{slotWords(slot)}</dd>
        </div>
      )}
    </dl>
  );
}
