import { expect, test } from 'vitest';
import { Fault } from '../../kernel/errors.ts';
import { rejectionOf } from '../../kernel/suite-kit.ts';
import { openThread } from './store-thread.ts';

/** A thread that answers `open` and `close`, and does `then` with every other message. */
function threadThat(then: string): URL {
  const script = `import { parentPort as port } from 'node:worker_threads';
    port.on('message', (message) => { if (message.method === 'open' || message.method === 'close') port.postMessage({ call: message.call, value: null }); else { ${then} } });`;
  return new URL(`data:text/javascript,${encodeURIComponent(script)}`);
}

const limits = { callsMax: 3, heapMiB: 32 };

test('where the thread dies, its calls under way and all later ones reject as a bug, never as a fault to try again', async () => {
  const thread = await openThread(threadThat("if (message.method === 'die') process.exit(3);"), undefined, limits);
  const rejections = await Promise.all([rejectionOf(thread.call('waits', [])), rejectionOf(thread.call('die', []))]);
  rejections.push(await rejectionOf(thread.call('later', [])));
  for (const rejection of rejections) {
    expect(rejection).toBeInstanceOf(Error);
    expect(rejection).not.toBeInstanceOf(Fault);
  }
});

test('what the thread throws outside of a call ends it, with the cause', async () => {
  const thread = await openThread(threadThat("throw new Error('broken disk driver');"), undefined, limits);
  await expect(thread.call('anything', [])).rejects.toMatchObject({ cause: { message: 'broken disk driver' } });
});

test('more calls than the limit are refused while the others wait, and closing is not', async () => {
  const thread = await openThread(threadThat("if (message.method === 'go') port.postMessage({ call: message.call, value: 'gone' });"), undefined, limits);
  const waiting = [rejectionOf(thread.call('waits', [])), rejectionOf(thread.call('waits', []))];
  const answered = thread.call('go', []);
  await expect(thread.call('go', [])).rejects.toMatchObject({ code: 'OVERLOADED' });
  expect(await answered).toBe('gone');
  waiting.push(rejectionOf(thread.call('waits', [])));
  await thread.close();
  for (const rejection of await Promise.all(waiting)) expect(rejection).toBeInstanceOf(Error);
});

test('what is asked for together is answered one by one, and commits do not wait for it', async () => {
  const thread = await openThread(
    threadThat(
      "port.postMessage(Array.isArray(message) ? message.map(({ call, args }) => ({ call, value: args[0] + ' of ' + message.length })) : { call: message.call, value: 'alone' });",
    ),
    undefined,
    limits,
  );
  const together = ['one', 'two'].map((word) => thread.callTogether('read', [word]));
  expect(await Promise.all([...together, thread.call('commit', [])])).toEqual(['one of 2', 'two of 2', 'alone']);
  expect(await thread.callTogether('read', ['later'])).toBe('later of 1');
  await thread.close();
});

test('a thread that does not come up says why', async () => {
  await expect(openThread(new URL('data:text/javascript,throw new Error("no such thing")'), undefined, limits)).rejects.toMatchObject({ cause: { message: 'no such thing' } });
});
