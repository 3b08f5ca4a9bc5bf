import { useMemo, type ReactElement, type ReactNode } from 'react';
import type { ContractView } from '../../../api/landscape.ts';
import { useHub } from '../../api/hub-query.ts';
import { Instant } from '../../parts/instant.tsx';
import { countWords } from '../../words/number.ts';
import { FactValue } from './fact-value.tsx';
import type { FactTable, Impact, KeyFigure, NamedFact, Section } from './impact.ts';
import { useTitles } from '../../shell/titles.ts';

/** The few numbers that say how bad it is. */
export function KeyFigures({ figures, asOfMs }: { readonly figures: readonly KeyFigure[]; readonly asOfMs: number }): ReactElement {
  return (
    <>
      <p className="exc-as-of">
        As it was when the case was opened, <Instant ms={asOfMs} precision="day" />
      </p>
      <dl className="exc-figures">
        {figures.map(({ label, fact, of }) => (
          <div key={label} className="exc-figure">
            <dt>{label}</dt>
            <dd>
              <FactValue fact={fact} />
            </dd>
            {of.length > 0 && <dd className="exc-figure-of">{listed(of)}</dd>}
          </div>
        ))}
      </dl>
    </>
  );
}

function listed(of: readonly string[]): string {
  return of.length > 3 ? `${of.slice(0, 3).join(', ')} and ${countWords(of.length - 3, 'more', 'more')}` : of.join(', ');
}

/** Everything else that the evidence says, part by part. */
export function Sections({ impact, children }: { readonly impact: Impact; readonly children?: ReactNode }): ReactElement {
  const isKey = useKeyNames();
  return (
    <div className="exc-sections">
      {impact.sections.map((section, index) => (
        <FactSection key={`${index} ${section.label}`} section={section} isKey={isKey} />
      ))}
      {children}
    </div>
  );
}

/** Which fields are business keys, as the contracts declare them. */
function useKeyNames(): (name: string) => boolean {
  const { data } = useHub<readonly ContractView[]>('/api/contracts');
  const names = useMemo(() => new Set((data ?? []).flatMap(({ keys }) => Object.keys(keys))), [data]);
  return (name) => names.has(name);
}

function FactSection({ section, isKey }: { readonly section: Section; readonly isKey: (name: string) => boolean }): ReactElement {
  return (
    <section className="exc-section">
      {section.label !== '' && <h3>{section.label}</h3>}
      {section.tables.map((table) => (
        <TableOfFacts key={table.label} table={table} isKey={isKey} />
      ))}
      {section.facts.length > 0 && <FactList facts={section.facts} isKey={isKey} />}
    </section>
  );
}

/** Fields that name a thing of the landscape, which has a title. */
const declared: readonly string[] = ['capability', 'system', 'flow', 'contract'];

/** Facts by their names. */
export function FactList({ facts, isKey }: { readonly facts: readonly NamedFact[]; readonly isKey: (name: string) => boolean }): ReactElement {
  const titleOf = useTitles();
  return (
    <dl className="exc-facts">
      {facts.map(({ name, label, fact }) => (
        <div key={label} data-wide={fact.kind === 'texts' || (fact.kind === 'text' && fact.text.length > 48)}>
          <dt>{label}</dt>
          <dd>
            <FactValue fact={fact.kind === 'text' && declared.includes(name) ? { ...fact, text: titleOf(name, fact.text) } : fact} isKey={isKey(name)} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function TableOfFacts({ table, isKey }: { readonly table: FactTable; readonly isKey: (name: string) => boolean }): ReactElement {
  const isNumber = (name: string): boolean => table.rows.some((row) => ['quantity', 'money', 'duration'].includes(row.get(name)?.kind ?? ''));
  return (
    <div className="scroll-x exc-table" tabIndex={0} role="region" aria-label={table.label}>
      <table className="table">
        <caption>{table.label}</caption>
        <thead>
          <tr>
            {table.columns.map(({ name, label }) => (
              <th key={name} scope="col" data-number={isNumber(name)}>
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, index) => (
            // Rows of evidence have no identity and never change their order.
            <tr key={index}>
              {table.columns.map(({ name }) => {
                const fact = row.get(name);
                return (
                  <td key={name} data-number={isNumber(name)}>
                    {fact && <FactValue fact={fact} isKey={isKey(name)} />}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      {table.count > table.rows.length && (
        <p className="small quiet">
          The first {table.rows.length} of {table.count}.
        </p>
      )}
    </div>
  );
}
