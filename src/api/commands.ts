import type { EdgeCounter } from '../engine/commands/command-desk.ts';
import type { EdgeRegister } from '../engine/edges/edge-register.ts';
import { commandAnswer, commandTaking, type CommandBatch } from '../engine/commands/command-wire.ts';
import type { Clock } from '../kernel/clock.ts';
import { holdToItself, lifeOf } from './own-name.ts';
import { ok, route, type Route } from './route.ts';

/** Where edges, which connect outward only, come for the commands that are meant for their machines. */
export function commandRoutes(desk: EdgeCounter | undefined, clock: Clock, register: EdgeRegister): readonly Route[] {
  if (!desk) return [];
  return [
    route({
      method: 'POST',
      path: '/api/edges/commands',
      group: 'commands',
      summary: 'What the hub wants of an edge, each once; waits up to waitMs for something to be there. "heardMs" is the hub\'s clock when it was asked.',
      right: 'take-commands',
      body: commandTaking,
      async serve({ principal, headers, body: { edge, boot, waitMs } }) {
        // Before anything that takes time: an edge judges by it how old a command may be.
        const heardMs = clock.now();
        holdToItself(principal, edge);
        const admitted = await register.admit(edge, lifeOf({ headers }, edge));
        return {
          stream(response) {
            const gone = new AbortController();
            response.once('close', () => gone.abort());
            void desk.take(edge, { ...admitted, boot }, waitMs, gone.signal).then((commands) => {
              if (gone.signal.aborted) return;
              const batch: CommandBatch = { heardMs, commands };
              response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' }).end(JSON.stringify(batch));
            });
          },
        };
      },
    }),
    route({
      method: 'POST',
      path: '/api/edges/commands/answers',
      group: 'commands',
      summary: 'What an edge made of a command.',
      right: 'take-commands',
      body: commandAnswer,
      async serve({ principal, headers, body: { edge, ticket, reply } }) {
        holdToItself(principal, edge);
        // Who took a command says what became of it, also where the name is another's by now.
        desk.answer(edge, ticket, reply, lifeOf({ headers }, edge)?.identity);
        return ok({});
      },
    }),
  ];
}
