// Where plays are performed: the simulated systems once, hub and edge for each play.
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PlayName } from '../../counterparts/verdict/play-name.ts';
import { Fault } from '../../kernel/errors.ts';
import { supervisor, type Supervisor } from '../supervisor.ts';
import { startCounterparts, type CounterpartSet, type ElsewhereErp } from './counterpart-set.ts';
import { demoLandscape, type Packer } from './demo-landscape.ts';
import { perform, type PlayResult, type PlayWorld } from './director.ts';
import { playsFor, troubledPlays, type Act, type Play } from './scene.ts';
import { openStage, type Stage, type StageOptions } from './stage.ts';
import { tempos, type Tempo, type TempoName } from './tempo.ts';

export interface Theatre extends AsyncDisposable {
  readonly counterparts: CounterpartSet;
  /** Folder of the landscape that is played. */
  readonly landscape: string;
  /** Performs a play on a stage of its own and clears it away, unless `keep` wants to go on with it. */
  play(name: PlayName, options: PlayOptions): Promise<PlayResult>;
  /** Ends a stage that was kept. */
  clear(stage: Stage): Promise<void>;
}

export interface PlayOptions {
  readonly seed: number;
  readonly tempo: TempoName;
  /** The longest that the play may take, where a system in it is slower than the simulated ones, milliseconds. */
  readonly playMax?: number;
  /** Folder of the play's state; usual: one of its own under `plays/`, removed when the play ended well. */
  readonly dataDir?: string;
  readonly port?: number;
  readonly variables?: StageOptions['variables'];
  readonly within?: StageOptions['within'];
  readonly storeCanBeCut?: boolean;
  readonly hasSecondHub?: boolean;
  /** The play as it would be, changed. */
  readonly change?: (play: Play) => Play;
  readonly onPlay?: (play: Play) => void;
  readonly onAct?: (act: Act) => void;
  readonly onStage?: (stage: Stage) => void;
  readonly onWorld?: (world: PlayWorld) => void;
  readonly onLife?: StageOptions['onLife'];
  /** Where people reach the hub, if that is not where it listens. */
  readonly publicUrl?: string;
  /** Limits of the landscape that are others again. */
  readonly limits?: Readonly<Record<string, string>>;
  /** The stage stays when the play is over; whoever keeps it closes it. */
  readonly keep?: boolean;
}

export interface TheatreOptions {
  readonly dataDir: string;
  /** A PostgreSQL database for the hub's log; usual: SQLite in the play's folder. */
  readonly store?: string | undefined;
  readonly seed: number;
  /** Folder of the landscape that is played; usual: the one that comes with the package. */
  readonly landscape?: string;
  readonly erp?: ElsewhereErp;
  /** How long a process may take until it is ready; usual: as long as a person waits. */
  readonly readyWithinMs?: number;
  /** How packer 3 speaks; usual: JSON over MQTT. */
  readonly packer?: Packer;
  readonly say: (line: string) => void;
}

/** Starts the simulated systems, and writes where they answer to `systems.json`; everything ends with it. */
export async function openTheatre({ dataDir, seed, say, store, erp, packer = 'mqtt', landscape: given, readyWithinMs }: TheatreOptions): Promise<Theatre> {
  const landscape = given ?? (await demoLandscape(dataDir, packer));
  await using opened = new AsyncDisposableStack();
  const patience = readyWithinMs === undefined ? {} : { readyWithinMs };
  const children = opened.adopt<Supervisor>(supervisor({ logDir: join(dataDir, 'logs', 'systems'), say, ...patience }), async (each) => each.close());
  const counterparts = await startCounterparts(children, { seed, ...(erp && { erp }), ...(packer === 'opcua' && { opcUaFolder: join(dataDir, 'packer-3') }) });
  await writeFile(join(dataDir, 'systems.json'), `${JSON.stringify(counterparts.addresses, undefined, 2)}\n`);
  const stages = opened.adopt(new Set<Stage>(), async (all) => void (await Promise.all([...all].map((stage) => stage[Symbol.asyncDispose]()))));
  let played = 0;

  async function clear(stage: Stage): Promise<void> {
    stages.delete(stage);
    await stage[Symbol.asyncDispose]();
  }

  async function play(name: PlayName, options: PlayOptions): Promise<PlayResult> {
    played += 1;
    const { seed: playSeed, tempo: tempoName, change = (one) => one, keep = false } = options;
    const tempo: Tempo = { ...tempos[tempoName], ...(options.playMax !== undefined && { playMax: options.playMax }) };
    const found = [...playsFor(tempo), ...troubledPlays].find((one) => one.name === name);
    if (!found) throw new Fault('COMMAND_INVALID', `There is no play "${name}".`, { name });
    const chosen = change(found);
    options.onPlay?.(chosen);
    const own = options.dataDir ?? join(dataDir, 'plays', `${name}-${playSeed}-${played}`);
    // What an earlier process left there is of another world.
    if (options.dataDir === undefined) await rm(own, { recursive: true, force: true });
    const proof = join(own, 'killed-at');
    const setting = {
      dataDir: own,
      landscape,
      environment: tempo.environment,
      counterparts,
      port: options.port ?? 0,
      play: `${name}-${played}-${process.pid}`,
      limits: { ...tempo.limits, ...chosen.limits, ...options.limits },
      shared: tempo.variables,
      variables: options.variables ?? killVariables(chosen, proof),
      ...(options.within && { within: options.within }),
      restart: keep,
      ...patience,
      ...(options.onLife && { onLife: options.onLife }),
      ...(options.publicUrl !== undefined && { publicUrl: options.publicUrl }),
      ...(store !== undefined && { store, storeCanBeCut: options.storeCanBeCut ?? false, hasSecondHub: options.hasSecondHub ?? false }),
      say,
    };
    const openOwn = async (): Promise<Stage> => {
      const stage = await openStage(setting);
      stages.add(stage);
      return stage;
    };
    const result = await perform({
      play: chosen,
      seed: playSeed,
      tempo,
      counterparts,
      openStage: openOwn,
      proof,
      ...(options.onAct && { onAct: options.onAct }),
      ...(options.onStage && { onStage: options.onStage }),
      ...(options.onWorld && { onWorld: options.onWorld }),
    });
    if (!keep) {
      await clear(result.stage);
      // What went wrong is left to be looked into.
      if (result.ok) await result.stage.store?.drop();
      if (result.ok && options.dataDir === undefined) await rm(own, { recursive: true, force: true });
    }
    return result;
  }

  const running = opened.move();
  return { counterparts, landscape, play, clear, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

function killVariables({ killAt }: Play, proof: string): NonNullable<PlayOptions['variables']> {
  return killAt === undefined ? {} : { [killAt.process]: { LINESHAFT_KILL_AT: killAt.point, LINESHAFT_KILL_PROOF: proof } };
}
