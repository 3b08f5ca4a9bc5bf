import { expect, test } from 'vitest';
import { exposition, gauge } from './exposition.ts';
import { tally } from './tally.ts';

test('metrics are written as Prometheus reads them, with whatever lies in a label', () => {
  const counter = tally('mails_total', 'Mails, by\nsubject.', ['subject']);
  counter.add(['say "hello"\\\n']);
  counter.add(['say "hello"\\\n'], 2);
  expect(exposition([counter.family(), gauge('depth', 'How deep.', 1.5), gauge('none', 'Nothing yet.', [])])).toBe(
    [
      '# HELP mails_total Mails, by\\nsubject.',
      '# TYPE mails_total counter',
      'mails_total{subject="say \\"hello\\"\\\\\\n"} 3',
      '# HELP depth How deep.',
      '# TYPE depth gauge',
      'depth 1.5',
      '# HELP none Nothing yet.',
      '# TYPE none gauge',
      '',
    ].join('\n'),
  );
});

test('label values are bounded: beyond a thousand they are counted together', () => {
  const counter = tally('keys_total', 'Keys.', ['key']);
  for (let key = 0; key < 1_500; key += 1) counter.add([String(key)]);
  const { samples } = counter.family();
  expect(samples).toHaveLength(1_001);
  expect(samples.find(({ labels }) => labels['key'] === 'other')?.value).toBe(500);
  expect(samples.reduce((sum, { value }) => sum + value, 0)).toBe(1_500);
});
