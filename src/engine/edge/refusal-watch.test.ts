import { expect, test } from 'vitest';
import { virtualClock } from '../../kernel/virtual-clock.ts';
import { refusalWatch } from './refusal-watch.ts';

const taken = { status: 200, retryAfter: undefined, body: '{}' };
const refused = (code: string, detail: string, status = 409) => ({ status, retryAfter: undefined, body: JSON.stringify({ code, detail }) });

function watched() {
  const clock = virtualClock(1_000_000);
  const logged: string[] = [];
  let answer: typeof taken | ReturnType<typeof refused> = taken;
  const watch = refusalWatch({ edge: 'bremen-1', send: async () => answer, clock, log: (message) => void logged.push(message) });
  return {
    clock,
    logged,
    current: watch.current,
    async ask(path: string, given: typeof answer): Promise<void> {
      answer = given;
      await watch.send({ url: `http://hub:7070${path}`, headers: {}, body: '', signal: new AbortController().signal });
    },
  };
}

test('a refusal for who the edge is stands from its first time until that is taken again, and is logged once with what helps', async () => {
  const { clock, logged, current, ask } = watched();
  await ask('/api/events', refused('EDGE_NAME_TAKEN', 'Two edges use one name, heard 1 s ago.'));
  await clock.advance(5_000);
  await ask('/api/trends', refused('EDGE_NAME_TAKEN', 'Two edges use one name, heard 6 s ago.'));
  expect(current()).toMatchObject({
    code: 'EDGE_NAME_TAKEN',
    hub: 'http://hub:7070',
    sinceMs: 1_000_000,
    advice: expect.stringContaining('lineshaft edge accept --name bremen-1'),
  });
  expect(logged).toEqual([
    expect.stringMatching(/^The hub http:\/\/hub:7070 refuses this edge: Two edges use one name, heard 1 s ago\. What comes is kept here\. Give it another --name/),
  ]);
  await ask('/api/trends', taken);
  expect(current()).toBeDefined();
  await ask('/api/events', taken);
  expect(current()).toBeUndefined();
});

test.each([
  ['NOT_SIGNED_IN', 401, /--key/],
  ['CERTIFICATE_UNFIT', 401, /certificate that fits/],
  ['NOT_ALLOWED', 403, /under the name that its key or certificate is for/],
  ['SIGNATURE_UNFIT', 403, /lineshaft edge-key show bremen-1/],
])('%s says what helps', async (code, status, advice) => {
  const { current, ask } = watched();
  await ask('/api/events', refused(code, 'No.', status));
  expect(current()?.advice).toMatch(advice);
});

test('a hub that is busy, or has found something wrong with what was sent, refuses nobody', async () => {
  const { logged, current, ask } = watched();
  await ask('/api/events', refused('OVERLOADED', 'Full.', 503));
  await ask('/api/events', refused('INPUT_INVALID', 'Wrong.', 400));
  await ask('/api/events', { status: 502, retryAfter: undefined, body: '<html>' });
  expect([current(), logged]).toEqual([undefined, []]);
});
