import { useId, type ReactElement } from 'react';
import type { OwnLimit } from '../../../api/backtest-desk.ts';
import type { LimitChange } from '../../../api/rules.ts';
import { Instant } from '../../parts/instant.tsx';
import { valueWords } from './rule-words.ts';

/** What is typed beside a limit, as it is asked for; nothing where nothing is. */
export function triedValue({ name, value }: OwnLimit, text: string | undefined): readonly (readonly [string, number | string])[] {
  const given = text?.trim() ?? '';
  if (given === '') return [];
  const number = Number(given.replace(',', '.'));
  return [[name, typeof value === 'number' && Number.isFinite(number) ? number : given.replaceAll(' ', '').replace(/min$/, 'm')]];
}

interface LimitProps {
  readonly limit: OwnLimit;
  readonly change: LimitChange | undefined;
  readonly typed: string | undefined;
  readonly canTry: boolean;
  readonly onTyped: (text: string) => void;
}

/** A limit with who changed it when, and a field to try another value. */
export function Limit({ limit: { name, value, usual, why }, change, typed, canTry, onTyped }: LimitProps): ReactElement {
  const id = useId();
  return (
    <li>
      <div>
        <p>
          <strong>{name}</strong> <span className="rules-value">{valueWords(value)}</span>
        </p>
        <p className="small quiet">{why}</p>
        <p className="small quiet">
          {change ? (
            <>
              Since <Instant ms={change.atMs} precision="day" />, {valueWords(change.before)} before. Came with release {change.release?.slice(0, 8) ?? 'unknown'}, audit entry{' '}
              {change.audit}
              {value !== usual && `; usual is ${valueWords(usual)}`}.
            </>
          ) : value === usual ? (
            'As the landscape declares it, never changed.'
          ) : (
            `Usual is ${valueWords(usual)}; set before the audit began.`
          )}
        </p>
      </div>
      {canTry && (
        <label className="field" htmlFor={id}>
          <span className="small">
            Try<span className="visually-hidden"> {name} at</span>
          </span>
          <input
            id={id}
            type="text"
            inputMode={typeof value === 'number' ? 'decimal' : 'text'}
            autoComplete="off"
            placeholder={String(value)}
            maxLength={32}
            value={typed ?? ''}
            onChange={(event) => onTyped(event.target.value)}
          />
        </label>
      )}
    </li>
  );
}
