// The packaging-line scene with Tryton as its ERP: the other systems as usual, the landscape of examples/packaging-plant-tryton.
import { cpSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { World, WorldOverrides } from '../../src/counterparts/frame/world.ts';
import type { PlayName } from '../../src/counterparts/verdict/play-name.ts';
import type { Play } from '../../src/run/demo/scene.ts';
import type { Stage } from '../../src/run/demo/stage.ts';
import { openTheatre } from '../../src/run/demo/theatre.ts';
import { copyLandscape } from '../running-command.ts';
import { ownTrytond, trytonUser, type OwnTrytond, type TrytonUser } from './own-trytond.ts';
import { trytonErp, type TrytonErp } from './tryton-erp.ts';

export interface TrytonTheatre extends AsyncDisposable {
  readonly trytond: OwnTrytond;
  readonly erp: TrytonErp;
  /** Plays, and gives what is not as it must be. `onStage` is told of hub and edge before anything happens. */
  wrongIn(name: PlayName, change?: Partial<Play>, onStage?: (stage: Stage) => void): Promise<readonly string[]>;
  /** Plays and leaves hub and edge to `look`. */
  play(name: PlayName, change: Partial<Play>, onStage: (stage: Stage) => void, look: (stage: Stage) => Promise<void>): Promise<void>;
  /** Somebody who signs in to the present play's Tryton, beside the hub. */
  user(name: 'planner' | 'lineshaft'): Promise<TrytonUser>;
}

const examples = fileURLToPath(new URL('../../examples', import.meta.url));
/** The world whose orders scripts/services/tryton-orders.json holds. */
const seed = 1;
/** Tryton takes its time, and more so where other tests run beside it. */
const playMax = 90_000;

/** `secret` is the password of Tryton's users. */
export async function trytonTheatre(postgres: string, secret: string): Promise<TrytonTheatre> {
  await using opened = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'lineshaft-tryton-'));
  opened.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  copyLandscape(join(examples, 'packaging-plant'), folder);
  const landscape = join(folder, 'landscape');
  cpSync(join(examples, 'packaging-plant-tryton'), landscape, { recursive: true });
  const trytond = opened.use(await ownTrytond(postgres));
  const erp = opened.use(await trytonErp(trytond));
  const theatre = opened.use(await openTheatre({ dataDir: folder, seed, landscape, erp: { url: erp.url, secret }, say: () => undefined }));

  const changed =
    (change: Partial<Play>) =>
    (play: Play): Play => ({ ...play, ...change, overrides: inDays });
  const running = opened.move();
  return {
    trytond,
    erp,
    async wrongIn(name, change = {}, onStage) {
      await erp.makeReady();
      const { rows } = await theatre.play(name, { seed, tempo: 'kill', playMax, change: changed(change), ...(onStage && { onStage }) });
      return rows.filter(({ ok }) => !ok).map(({ id, expected, found }) => `${id}: expected ${expected}, found ${found}`);
    },
    async play(name, change, onStage, look) {
      await erp.makeReady();
      // What waits for a person waits for as long as a play lasts.
      const { stage } = await theatre.play(name, { seed, tempo: 'kill', change: changed(change), keep: true, onStage });
      try {
        await look(stage);
      } finally {
        await theatre.clear(stage);
      }
    },
    user: (name) => trytonUser(trytond.url, erp.database(), name, secret),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Tryton promises and needs in days: the end of tomorrow, for all. */
function inDays({ customerOrders, components, epochMs }: World): WorldOverrides {
  const tomorrow = `${new Date(epochMs + 86_400_000).toISOString().slice(0, 10)}T23:59:00.000Z`;
  return { customerOrders: customerOrders.map((order) => ({ ...order, shipBy: tomorrow })), components: components.map((component) => ({ ...component, neededAt: tomorrow })) };
}
