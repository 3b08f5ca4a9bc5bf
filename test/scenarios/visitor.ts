// A visitor of the demo: signs in, presses the buttons of the play bar, and looks at the verdict, all through the front.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DemoAct, DemoRow, DemoState } from '../../src/api/demo-state.ts';
import { until } from '../until.ts';
import { startDemo, type DemoProcess } from './demo-process.ts';

export interface Visitor {
  readonly demo: DemoProcess;
  /** Of the front. */
  readonly url: string;
  /** Where each system answers. */
  readonly systems: Readonly<Record<string, string>>;
  /** Asks as a page of the demo does, with the visitor's session. */
  ask(path: string, options?: { readonly body?: object; readonly headers?: Readonly<Record<string, string>> }): Promise<Response>;
  state(): Promise<DemoState>;
  /** Presses a button; the state as it is then. */
  act(name: DemoAct): Promise<DemoState>;
  /** Resolves when nothing moves any more. Rejects with what is wrong, once something is for good. */
  green(): Promise<DemoState>;
  /** Entries of a ledger, by type. */
  written(system: string, type: string): Promise<number>;
  row(id: string): Promise<DemoRow | undefined>;
  /** Whether the plant's ledger says that the packer was set to its target so long ago. */
  isWellFor(ms: number): Promise<boolean>;
}

const sceneMs = 90_000;
const greenMs = 45_000;

/** Starts the demo in tenths of seconds and waits until its scene is over. */
export async function startVisit(dataDir: string): Promise<Visitor> {
  const demo = startDemo('--tempo', 'kill', '--data', dataDir);
  const said = await demo.says('Ctrl-C stops it all.');
  const url = /Hub\s+(http:\S+)/.exec(said)?.[1] ?? '';
  const signIn = await fetch(/Sign in\s+(http:\S+)/.exec(said)?.[1] ?? '', { redirect: 'manual' });
  const cookie = (signIn.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  // Written by the demo: a name and an address each.
  const systems = JSON.parse(await readFile(join(dataDir, 'systems.json'), 'utf8')) as Readonly<Record<string, string>>;

  const ask: Visitor['ask'] = (path, { body, headers = {} } = {}) =>
    fetch(`${url}${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { cookie, 'sec-fetch-site': 'same-origin', ...(body && { 'content-type': 'application/json' }), ...headers },
      ...(body && { body: JSON.stringify(body) }),
    });
  const state = async (): Promise<DemoState> => (await ask('/demo/state')).json() as Promise<DemoState>;
  await until('the scene is over', async () => (await state()).scene.phase === 'free', sceneMs);
  return {
    demo,
    url,
    systems,
    ask,
    state,
    async act(name) {
      const answer = await ask('/demo/acts', { body: { act: name } });
      const text = await answer.text();
      if (answer.status !== 202) throw new Error(`${name}: ${answer.status} ${text}`);
      return JSON.parse(text) as DemoState;
    },
    async green() {
      let now = await state();
      const told = (ok: boolean | null): string => JSON.stringify([now.verdict.rows.filter((row) => row.ok === ok), now.switches, now.log.slice(-12).map(({ text }) => text)]);
      const look = async (): Promise<boolean> => {
        now = await state();
        if (now.verdict.rows.some(({ ok }) => ok === false)) throw new Error(`wrong: ${told(false)}`);
        return now.verdict.settled && now.verdict.ok === true;
      };
      await until('every row is green and nothing moves any more', look, greenMs).catch((error: unknown) => {
        throw new Error(`settled: ${now.verdict.settled}; still to come: ${told(null)}`, { cause: error });
      });
      return now;
    },
    async written(system, type) {
      const entries = (await (await fetch(`${systems[system]}/_ledger?type=${type}`)).json()) as readonly unknown[];
      return entries.length;
    },
    async isWellFor(ms) {
      const entries = (await (await fetch(`${systems['plant']}/_ledger?type=machine.factor`)).json()) as readonly {
        readonly atMs: number;
        readonly data: { readonly factor: number };
      }[];
      const last = entries.at(-1);
      return last !== undefined && last.data.factor === 1 && Date.now() - last.atMs >= ms;
    },
    row: async (id) => (await state()).verdict.rows.find((row) => row.id === id),
  };
}
