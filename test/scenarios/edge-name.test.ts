// Two edges with one name, from outside: a hub, two edges and a controller as processes of their own.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commandPlant, type CommandPlant } from '../command-plant.ts';
import { saidBy, type RunningCommand } from '../running-command.ts';
import { asAdmin } from '../running-hub.ts';
import { until } from '../until.ts';

let plant: CommandPlant;
let rival: RunningCommand | undefined;
beforeAll(async () => {
  plant = await commandPlant();
}, 60_000);
afterAll(async () => {
  await rival?.[Symbol.asyncDispose]();
  await plant[Symbol.asyncDispose]();
});

interface Name {
  readonly holder: { readonly identity: string };
  readonly refused: readonly { readonly identity: string }[];
}

async function ask<Found>(path: string, body?: object): Promise<Found> {
  // Looked into by the test, which says what it expects.
  return (await (await asAdmin(plant.url, plant)(path, body)).json()) as Found;
}
const nameNow = () => ask<Name>('/api/edges/bremen/name');
const speed = (value: number) => ({ machine: 'packer-1', speed: value, reason: 'film change' });
const bookOf = (data: string) => plant.command('edge', 'commands', '--data', data, '--name', 'bremen');

test(
  'of two edges with one name the second is refused and says so, until an operator gives it the name; no command of the first is ever told as not done',
  { timeout: 180_000 },
  async () => {
    await plant.runHub();
    await plant.runEdge();
    const before = (await nameNow()).holder.identity;
    rival = await plant.runRival('other');
    const other = rival;
    await saidBy(other, 'it is refused', () =>
      /Two edges use one name: the name \S+bremen\S+ is that of the edge \S+, heard .* lineshaft edge accept --name bremen --identity/.test(other.printed()),
    );
    const { identity } = await until('the hub knows who was refused', async () => (await nameNow()).refused[0]);
    expect((await nameNow()).holder.identity).toBe(before);
    expect(await plant.command('edge', 'show', '--data', 'other', '--name', 'bremen')).toMatch(
      /\nrefused by http\S+ since \S+: Two edges use one name: .*\n {2}what comes is kept here\. .* lineshaft edge accept --name bremen shows who asks\.\n/,
    );

    // Each command goes to the one edge that has the name.
    for (const value of [31, 32, 33])
      expect(await plant.call('packer.change-speed', speed(value), `held-${value}`)).toMatchObject({ status: 200, body: { value: { readBack: value } } });
    expect(plant.writes().length).toBe(3);
    expect(await bookOf('other')).toMatch(/No command has come/);
    const cases = async () => (await ask<readonly { readonly type: string; readonly summary: string }[]>('/api/exceptions')).filter(({ type }) => type === 'edge-name-taken');
    expect(await cases()).toMatchObject([{ summary: expect.stringContaining(identity) }]);

    // The first one has written; before it has seen it confirmed, the name is another's.
    await plant.conduct({ stuck: true });
    // Whoever asked waits for its owner; the test does not.
    void plant.call('packer.change-speed', speed(40), 'doubtful').catch(() => undefined);
    await until('the first edge has written it', () => plant.writes().length === 4);
    expect(await plant.command('edge', 'accept', '--name', 'bremen', '--identity', identity.slice(0, 8), '--note', 'new gateway', '--hub', plant.url, '--data', 'state')).toMatch(
      `bremen is ${identity} since`,
    );
    // It has another key, too.
    expect((await plant.audited()).filter(({ subject }) => subject === 'edge-key bremen')[0]).toMatchObject({ actor: 'admin', action: 'edge-key.forgotten' });
    const inDoubt = await until('it is in doubt', async () => (await plant.listed('plc')).find(({ value, status }) => value === 40 && status === 'parked'), 60_000);
    expect(inDoubt.note).toMatch(/is another one since .*does not know it|says \d+, not 40/);
    expect(plant.writes().length).toBe(4);
    expect(await bookOf('other')).not.toMatch(/40 by/);
    expect(await plant.audited()).toContainEqual(
      expect.objectContaining({ actor: 'admin', action: 'edge.claimed', subject: 'edge bremen', details: expect.objectContaining({ identity, before }) }),
    );
    await until('the first one is refused now', async () => (await nameNow()).refused.some((one) => one.identity === before));
  },
);
