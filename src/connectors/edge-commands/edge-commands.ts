import { Type } from 'typebox';
import { Fault } from '../../kernel/errors.ts';
import { schema } from '../../kernel/schema.ts';
import type { CommandReply, CommandRequest } from '../../model/command-order.ts';
import { defineConnector } from '../../model/connector.ts';

const options = schema(
  Type.Object({ edge: Type.String({ minLength: 1, maxLength: 128, description: 'Name of the edge that writes, as its --name says.' }) }, { additionalProperties: false }),
);

/**
 * The machines behind an edge, as a system that commands are sent to: the hub keeps them until the edge, which connects outward
 * only, comes and takes them. Used with `defineCommand`.
 */
export const edgeCommands = defineConnector({
  name: 'edge-commands',
  title: 'Commands through an edge',
  options,
  async open({ edge }, { commands, system }) {
    if (!commands) throw new Fault('ENVIRONMENT_INVALID', `${system} is written to through an edge, which only a hub can ask.`, { system });
    return {
      async send(request: CommandRequest, { signal }): Promise<CommandReply> {
        const reply = await commands.ask(edge, request, signal);
        // It is asked about again.
        if (reply.kind === 'unseen') throw new Fault('OUTCOME_UNKNOWN', reply.reason, { edge });
        if (request.kind === 'tell') return reply;
        if (reply.kind === 'absent') throw new Fault('SYSTEM_UNREACHABLE', `Not written: ${reply.reason}`, { edge });
        // It is asked about next, and parks.
        if (reply.kind === 'undecided') throw new Fault('OUTCOME_UNKNOWN', reply.reason, { edge });
        return reply;
      },
      close: async () => undefined,
    };
  },
});
