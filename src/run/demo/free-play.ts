// The demo as a visitor plays it: the scene first, then whatever they do to the world, and what the books say of it.
import type { DemoAct, DemoScene, DemoState, DemoVerdict } from '../../api/demo-state.ts';
import type { Agreement } from '../../counterparts/verdict/free-facts.ts';
import { at } from '../../counterparts/verdict/testimony.ts';
import { testimonyReader } from '../../counterparts/verdict/testimony-reader.ts';
import { Fault } from '../../kernel/errors.ts';
import type { CounterpartSet } from './counterpart-set.ts';
import { deedLog } from './deed-log.ts';
import { deathWords, doneWords, linkWords, nowWords, packerWords, returnWords, transportWords } from './deed-words.ts';
import type { PlayWorld } from './director.ts';
import type { Act, Play } from './scene.ts';
import type { ActorName, Stage } from './stage.ts';
import type { Tempo } from './tempo.ts';
import { verdictWatch, type VerdictWatch } from './verdict-watch.ts';

export interface FreePlay extends AsyncDisposable {
  state(): DemoState;
  /** Tells of every change; gives how to stop that. */
  watch(told: () => void): () => void;
  /** Raises CONFLICT for what cannot be done as the world stands, and what the systems raise. */
  act(name: DemoAct): Promise<void>;
  /** The scripted scene, as it goes. */
  readonly scene: SceneEars;
}

/** Told by whoever has the scripted scene played. */
export interface SceneEars {
  onPlay(this: void, play: Play): void;
  onWorld(this: void, world: PlayWorld): void;
  onAct(this: void, act: Act): void;
  onStage(this: void, stage: Stage): void;
  onLife(this: void, actor: ActorName, life: 'ready' | 'ended'): void;
  onEnd(this: void): void;
}

export interface FreePlayParts {
  readonly seed: number;
  readonly tempo: Tempo;
  readonly agreement: Agreement;
  readonly counterparts: CounterpartSet;
}

const slowFactor = 0.55;
const noVerdict: DemoVerdict = { settled: false, ok: null, takenAtMs: 0, rows: [] };
const goOn = 'The world is yours: break it, mend it, and watch the books.';

export function freePlay({ seed, tempo, agreement, counterparts }: FreePlayParts): FreePlay {
  const log = deedLog();
  const watchers = new Set<() => void>();
  let scene: DemoScene = { name: '', title: '', phase: 'playing', now: 'The systems, the hub and the edge are being started.' };
  let stage: Stage | undefined;
  let verdicts: VerdictWatch | undefined;
  let last: Promise<void> = Promise.resolve();
  const diedMs: Partial<Record<ActorName, number>> = {};
  const killed = new Set<ActorName>();

  const tell = (): void => {
    for (const told of watchers) told();
  };
  const show = (change: Partial<DemoScene>): void => {
    scene = { ...scene, ...change };
    tell();
  };
  log.watch(() => {
    verdicts?.wake();
    tell();
  });

  async function underWay(): Promise<boolean> {
    const systems = await stage?.ask('GET', '/api/systems').catch(() => undefined);
    return !Array.isArray(systems) || systems.some((system) => at(system, 'queue') !== 0);
  }

  async function perform(name: DemoAct): Promise<void> {
    if (scene.phase === 'playing' || !stage) throw refused('The scene is still being played. When it is over the world is yours.');
    const { packer, transport, link } = log.switches;
    switch (name) {
      case 'slow-packer':
        refuseIf(packer === 'slow', 'The packer is slow already.');
        await paced(slowFactor);
        return;
      case 'recover-packer':
        refuseIf(packer === 'well', 'The packer runs at its target already.');
        await paced(1);
        return;
      case 'transport-down':
        refuseIf(transport === 'down', 'The transport service is down already.');
        await counterparts.ask('tms', 'POST', '/_fault', { kind: 'outage' });
        log.turn({ transport: 'down' }, transportWords.down, 'transport-down');
        return;
      case 'transport-up':
        refuseIf(transport === 'up', 'The transport service is up already.');
        log.turn({ transport: 'up' }, transportWords.up, 'transport-up');
        await counterparts.ask('tms', 'DELETE', '/_fault');
        return;
      case 'cut-link':
        refuseIf(link === 'cut', 'Edge and hub are cut off from each other already.');
        stage.link.cut();
        log.turn({ link: 'cut' }, linkWords.cut, 'link-cut');
        return;
      case 'mend-link':
        refuseIf(link === 'whole', 'Edge and hub reach each other already.');
        stage.link.mend();
        log.turn({ link: 'whole' }, linkWords.whole, 'link-mended');
        return;
      case 'kill-hub':
        await kill(stage, 'hub');
        return;
      case 'kill-edge':
        await kill(stage, 'edge');
    }
  }

  async function paced(factor: number): Promise<void> {
    await counterparts.ask('plant', 'POST', '/_machine', { machine: 'packer-3', factor });
    log.turn({ packer: factor < 1 ? 'slow' : 'well' }, packerWords(factor));
  }

  async function kill(on: Stage, actor: ActorName): Promise<void> {
    refuseIf(log.switches[actor] === 'down', `The ${actor} is down already; it is being started again.`);
    const gone = on.exited(actor);
    killed.add(actor);
    on.kill(actor);
    await gone;
  }

  return {
    state: () => ({ seed, scene, switches: log.switches, log: log.lines, verdict: scene.phase === 'free' ? (verdicts?.verdict ?? noVerdict) : unsettled(verdicts?.verdict) }),
    watch(told) {
      watchers.add(told);
      return () => void watchers.delete(told);
    },
    act(name) {
      // One after the other: the second of two at once finds the world as the first one left it.
      const next = last.then(() => perform(name));
      last = next.catch(() => undefined);
      return next;
    },
    scene: {
      onPlay: ({ name, title }) => show({ name, title }),
      onWorld(world) {
        verdicts = verdictWatch({ world, agreement, tempo, reader: testimonyReader(counterparts.addresses), log, underWay, onVerdict: tell });
      },
      onAct(act) {
        const line = doneWords(act);
        if (act.do === 'pace') log.turn({ packer: act.factor < 1 ? 'slow' : 'well' }, packerWords(act.factor));
        else if (act.do === 'fault' && act.at === 'tms') log.turn({ transport: 'down' }, transportWords.down, 'transport-down');
        else if (act.do === 'mend' && act.at === 'tms') log.turn({ transport: 'up' }, transportWords.up, 'transport-up');
        else if (line !== undefined) log.say(line);
        show({ now: nowWords(act) });
      },
      onStage(opened) {
        stage = opened;
      },
      onLife(actor, life) {
        if (life === 'ended') {
          diedMs[actor] = Date.now();
          log.turn({ [actor]: 'down' }, deathWords(actor, killed.delete(actor)), `${actor}-down`);
          return;
        }
        const since = diedMs[actor];
        const line = since === undefined ? `The ${actor} is up.` : returnWords(actor, Date.now() - since);
        log.turn({ [actor]: 'up' }, line, since === undefined ? undefined : `${actor}-up`);
      },
      onEnd: () => show({ phase: 'free', now: goOn }),
    },
    async [Symbol.asyncDispose]() {
      await verdicts?.[Symbol.asyncDispose]();
    },
  };
}

/** While the scene is played nothing is at its end. */
function unsettled(verdict: DemoVerdict = noVerdict): DemoVerdict {
  return { ...verdict, settled: false, ok: verdict.ok === true ? null : verdict.ok };
}

function refuseIf(isSo: boolean, why: string): void {
  if (isSo) throw refused(why);
}

function refused(why: string): Fault {
  return new Fault('CONFLICT', why);
}
