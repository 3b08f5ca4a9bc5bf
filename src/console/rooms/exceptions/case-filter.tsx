import { Search } from 'lucide-react';
import type { ReactElement } from 'react';
import type { LandscapeView } from '../../../api/landscape.ts';
import { useHub } from '../../api/hub-query.ts';

export const shownStatuses = ['unresolved', 'resolved', 'all'] as const;
export type ShownStatus = (typeof shownStatuses)[number];

export interface Filter {
  readonly status: ShownStatus;
  readonly owner: string;
  readonly text: string;
}

const statusWords: Readonly<Record<ShownStatus, string>> = { unresolved: 'Open', resolved: 'Resolved', all: 'All' };

/** Which cases are listed. */
export function CaseFilter({ filter, onFilter }: { readonly filter: Filter; readonly onFilter: (filter: Filter) => void }): ReactElement {
  const { data: landscape } = useHub<LandscapeView>('/api/landscape');
  const owners = (landscape?.nodes ?? []).filter(({ kind }) => kind === 'owner').toSorted((a, b) => a.title.localeCompare(b.title));
  return (
    <form className="exc-filter" role="search" aria-label="Which exceptions are listed" onSubmit={(event) => event.preventDefault()}>
      <fieldset className="exc-choice">
        <legend className="visually-hidden">Status</legend>
        {shownStatuses.map((status) => (
          <label key={status}>
            <input type="radio" name="status" checked={filter.status === status} onChange={() => onFilter({ ...filter, status })} />
            <span>{statusWords[status]}</span>
          </label>
        ))}
      </fieldset>
      <select aria-label="Owner" value={filter.owner} onChange={(event) => onFilter({ ...filter, owner: event.target.value })}>
        <option value="">Every owner</option>
        {owners.map(({ name, title }) => (
          <option key={name} value={name}>
            {title}
          </option>
        ))}
      </select>
      <label className="exc-search">
        <Search aria-hidden="true" />
        <input
          type="search"
          aria-label="Key or words"
          placeholder="Key or words"
          maxLength={200}
          autoComplete="off"
          value={filter.text}
          onChange={(event) => onFilter({ ...filter, text: event.target.value })}
        />
      </label>
    </form>
  );
}
