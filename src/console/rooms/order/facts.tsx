import type { ReactElement } from 'react';
import type { Said } from './value-words.ts';

/** Values in words, one after the other. */
export function Facts({ facts }: { readonly facts: readonly Said[] }): ReactElement {
  return (
    <span className="order-facts">
      {facts.map(({ name, value, instead }) => (
        <span key={`${name} ${value}`}>
          <span className={value.length < unbrokenMax ? 'order-fact' : undefined}>
            {name === '' ? (
              value
            ) : (
              <>
                {name} <b>{value}</b>
              </>
            )}
          </span>
          {instead !== undefined && ` instead of ${instead}`}
        </span>
      ))}
    </span>
  );
}

/** Letters of a value that stay in one line with its name. */
const unbrokenMax = 24;
