// What people do at the same time as the hub, or as each other.
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { same, type Row } from '../../counterparts/verdict/row.ts';
import { at } from '../../counterparts/verdict/testimony.ts';
import { prepare } from '../preparation.ts';
import { hubList } from './hub-list.ts';
import { alarmOf } from './message-trials.ts';
import { placed, trouble } from './placed.ts';
import type { Means, Play } from '../demo/scene.ts';
import type { Trial, TrialRun } from './trial.ts';

const operators = 5;
/** Longer than the other flow needs to read the order, on a busy machine too. */
const releaseMs = 1_500;

/** Several take the same case on at once: one does. */
const twoOperators: Trial = {
  fault: 'two-operators',
  mode: 'acknowledge one case',
  play: 'order-locked',
  options() {
    let taken = 0;
    const act = trouble(`${operators} people take the same case on`, async ({ stage }) => {
      const [open] = (await hubList(stage, '/api/exceptions?status=open')) ?? [];
      if (open === undefined) return 'a case that is open';
      const order = { version: at(open, 'version') };
      const answers = await Promise.allSettled(Array.from({ length: operators }, () => stage.ask('POST', `/api/exceptions/${String(at(open, 'id'))}/acknowledge`, order)));
      taken = answers.filter(({ status }) => status === 'fulfilled').length;
      return undefined;
    });
    const looks = async ({ stage }: Means): Promise<readonly Row[]> => {
      const cases = (await hubList(stage, '/api/exceptions?status=all')) ?? [];
      const entries = cases.flatMap((one): readonly unknown[] => {
        const history = at(one, 'history');
        return Array.isArray(history) ? history : [];
      });
      return [
        same('hub.twice.operators', 'How many of them were told that they have it?', 1, taken),
        same('hub.twice.history', 'How often was it taken on?', 1, entries.filter((entry) => at(entry, 'action') === 'acknowledge').length),
      ];
    };
    return { change: (play) => ({ ...play, acts: [...play.acts, act], looks }) };
  },
};

/** An order is revised while its release is under way: the release was first, the revision learns that the order has changed. */
const twoFlows: Trial = {
  fault: 'two-flows',
  mode: 'one order',
  play: 'two-flows',
  options({ seed }) {
    const begin: Play['acts'] = [
      { do: 'fault', at: 'erp', rule: { kind: 'latency', ms: releaseMs, match: { path: '/release$' } } },
      { do: 'tell', type: 'production.release.requested.v1', data: { order: 'PO-4712', revision: 1 } },
      { do: 'await-asked', at: 'erp', route: 'POST /api/production-orders/:id/release' },
      trouble('somebody sees the same order in danger', async ({ stage }) => {
        await stage.ask('POST', '/api/events', alarmOf(seed, { id: 'two-flows', order: 'PO-4712' }));
        return undefined;
      }),
    ];
    // The hub must not give the release up.
    return { change: (play) => ({ ...play, limits: { 'systems.timeout': '10s' }, acts: [...begin, ...play.acts] }) };
  },
};

const packageRoot = fileURLToPath(new URL('../../../', import.meta.url));

/** The hub is started again on a landscape that has changed, while a run is under way. */
function deploy(mode: string, place: 'revised-once' | 'revised', changed: (folder: string) => Promise<void>): Trial {
  return {
    fault: 'deploy',
    mode,
    play: 'slow-line',
    options(run) {
      let folder = '';
      // Before anything is under way: it takes its time.
      const build = trouble('a new release is made', async () => {
        folder = await copyOf(run);
        await changed(folder);
        await prepare(folder);
        return undefined;
      });
      const start = trouble('the new release is started', async ({ stage }) => {
        await stage.stop('hub');
        await stage.revive('hub', folder);
        return undefined;
      });
      return { change: (play) => placed(placed(play, place, [start]), 'calm', [build]) };
    },
  };
}

async function copyOf({ landscape, dataDir }: TrialRun): Promise<string> {
  const folder = join(dataDir, 'next-release');
  await cp(landscape, folder, { recursive: true, filter: (from) => !from.endsWith('.test.ts') && !from.endsWith('node_modules') });
  await mkdir(join(folder, 'node_modules'), { recursive: true });
  await symlink(packageRoot, join(folder, 'node_modules', 'lineshaft'), 'junction');
  return folder;
}

async function edited(file: string, edit: (text: string) => string): Promise<void> {
  await writeFile(file, edit(await readFile(file, 'utf8')));
}

const deploys: readonly Trial[] = [
  deploy('another release, as the plan is changed', 'revised-once', (folder) =>
    edited(join(folder, 'flows', 'packaging-bottleneck.flow.ts'), (text) => `${text}\n// The next release.\n`),
  ),
  deploy('another text, as help is called', 'revised', (folder) =>
    edited(join(folder, 'exceptions.ts'), (text) => text.replace('A line stays too slow for its order', 'A line stays too slow')),
  ),
];

export const peopleTrials: readonly Trial[] = [twoOperators, twoFlows, ...deploys];
