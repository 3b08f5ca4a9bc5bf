import fastify from 'fastify';
import { expect, test } from 'vitest';
import { serveConsole } from './console-pages.ts';

test('the console’s question whether this is a demo is no error at a hub, which is none', async () => {
  const app = fastify();
  serveConsole(app, { file: async () => undefined });
  const [state, other] = [await app.inject('/demo/state'), await app.inject('/demo/acts')];
  expect([state.statusCode, state.body, other.statusCode]).toEqual([204, '', 404]);
  await app.close();
});
