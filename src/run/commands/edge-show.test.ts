import { expect, test } from 'vitest';
import { statusText } from './edge-show.ts';

const hub = 'http://127.0.0.1:7070';
const text = 'Two edges use one name: the name "bremen" is that of the edge aaaa, heard 1 s ago, and bbbb wants it.';
const told = {
  release: 'r1',
  bufferDepth: 3,
  sources: [],
  rules: [],
  uplink: { hub, acknowledged: 0, duplicates: 0, quarantined: 0, filtered: 0, failures: 4, trouble: `The hub ${hub} answered 409: ${text.replace('1 s', '6 s')}` },
};
const refused = { code: 'EDGE_NAME_TAKEN', text, advice: 'Give it another --name.', hub, sinceMs: Date.parse('2026-11-02T06:00:00Z') };

test('a refusal by name is told once, also where what was said last differs in a time', () => {
  const lines = statusText('bremen', { ...told, refused });
  expect(lines.match(/Two edges use one name/g)).toHaveLength(1);
  expect(lines).toContain('refused by http://127.0.0.1:7070 since 2026-11-02T06:00:00.000Z');
});

test('the trouble with another hub than the one that refuses is told beside it', () => {
  const other = { ...told.uplink, hub: 'http://other', trouble: 'The hub http://other cannot be reached.' };
  expect(statusText('bremen', { ...told, uplink: other, refused })).toContain('cannot be reached');
  expect(statusText('bremen', { ...told, uplink: other })).toContain('cannot be reached');
});
