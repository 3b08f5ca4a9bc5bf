import { ledger, no, part, text, type Counterpart } from './counterpart.ts';

/** Work requests; every POST makes a new one. */
export function cmms(): Counterpart {
  const { entries, add } = ledger();
  return {
    name: 'cmms',
    ledger: entries,
    handle({ method, path, query, body }, atMs) {
      const seen = entries.filter(({ seenFromMs }) => seenFromMs <= atMs);
      if (method === 'GET') {
        const found = seen.filter(
          ({ type, data, reference }) =>
            type === 'requested' &&
            (query['asset'] === undefined || data['asset'] === query['asset']) &&
            (query['externalRef'] === undefined || reference === query['externalRef']),
        );
        const notesOf = (id: unknown) => seen.filter(({ type, entity }) => type === 'noted' && entity === id).map(({ data }) => ({ text: data['text'] }));
        return { status: 200, body: found.map(({ data }) => ({ id: data['id'], notes: notesOf(data['id']) })) };
      }
      const id = part(path, 2);
      if (id !== '') {
        if (!entries.some(({ data }) => data['id'] === id)) return no(404, 'NOT_FOUND');
        const note = text(body, 'text');
        return { status: 201, body: {}, entry: add('noted', id, /\(ref ([^)]*)\)$/.exec(note)?.[1], atMs, { text: note }) };
      }
      const created = `WR-${1_001 + entries.filter(({ type }) => type === 'requested').length}`;
      const asset = text(body, 'asset');
      return { status: 201, body: { id: created }, entry: add('requested', asset, text(body, 'externalRef'), atMs, { id: created, asset }) };
    },
  };
}
