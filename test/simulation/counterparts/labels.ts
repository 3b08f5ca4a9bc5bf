import { ledger, part, text, type Counterpart } from './counterpart.ts';

/** Prints what it is sent, as often as it is sent. */
export function labels(): Counterpart {
  const { entries, add } = ledger();
  return {
    name: 'labels',
    ledger: entries,
    handle({ path, body }, atMs) {
      const entry = add(part(path, 0), text(body, 'line'), text(body, 'reference'), atMs, { release: text(body, 'release') });
      return { status: 201, body: { label: `L-${entries.length}` }, entry };
    },
  };
}
