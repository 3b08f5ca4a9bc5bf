import { startEngine, type Engine } from '../../src/engine/engine.ts';
import type { Taken } from '../../src/engine/log/intake.ts';
import { noWatch } from '../../src/engine/watch/watch.ts';
import { Fault, messageOf } from '../../src/kernel/errors.ts';
import type { NoticeRecord } from '../../src/store/store.ts';
import type { SystemName } from './fault.ts';
import type { Counterpart } from './counterparts/counterpart.ts';
import type { Durable } from './durable.ts';
import { faultyStore } from './faulty-store.ts';
import type { HubStore } from './hub-store.ts';
import { limits } from './landscape.ts';
import { life as newLife, never, type Life } from './life.ts';
import { network, type Network } from './network.ts';
import type { World } from './world.ts';

/** The hub's machine: the real engine in one process after another, on one store. */
export interface Hub {
  start(): void;
  crash(why: string): void;
  /** As an operator stops it: it may finish what is under way. */
  stop(): void;
  /** Another release is put in the place of this one; the hub is stopped for it, or killed. */
  deploy(isGentle: boolean): void;
  /** Sets the machine's clock. */
  step(ms: number): void;
  /** The machine's clock is set to the right time, where it is wrong. */
  setRight(): void;
  /** Asks the process that is up now. Rejects where there is none, or it ends before it has answered. */
  ask<Value>(work: (engine: Engine) => Promise<Value>): Promise<Value>;
  /** Events come to its door. */
  take(events: readonly unknown[], principal: string): Promise<Taken>;
  isUp(): boolean;
  readonly network: Network;
  /** When each process began, world time. */
  readonly starts: readonly number[];
  readonly clockSteps: number;
}

export interface HubParts {
  readonly world: World;
  readonly store: HubStore;
  readonly durable: Durable;
  readonly counterparts: ReadonlyMap<SystemName, Counterpart>;
  readonly messenger: (notice: NoticeRecord) => Promise<void>;
}

const graceMs = 1_000;
const redeliveryMs = 2_000;

export function hub({ world, store, durable, counterparts, messenger }: HubParts): Hub {
  const random = world.chance('hub');
  const starts: number[] = [];
  let life: Life | undefined;
  let engine: Engine | undefined;
  let [landscape, other] = [world.landscape, world.other];
  let skewMs = 0;
  let steps = 0;
  const wires = network({ world, counterparts, durable, crash });

  function end(how: string): void {
    if (!life) return;
    world.story.tell('hub', how);
    life.end();
    life = undefined;
    engine = undefined;
    world.time.after(random.whole(250, 3_000), start);
  }

  function crash(why: string): void {
    end(`CRASHES ${why}`);
  }

  function probe(of: Life, point: string): void {
    if (of.cut) return;
    const at = point.indexOf(':');
    const fault = world.faults.at(point.slice(0, at));
    if (!fault || !fault.kind.startsWith('crash')) return;
    world.faults.hit(fault);
    crash(point);
  }

  function start(): void {
    if (life) return;
    const of = newLife(world.time, () => skewMs);
    const isSuspicious = starts.length > 0 && random.likely(0.3);
    life = of;
    world.story.tell('hub', `starts${isSuspicious ? ', suspicious of what ended it' : ''}`);
    starts.push(world.time.now());
    store.reopen();
    const chance = world.chance(`hub ${starts.length}`);
    startEngine({
      store: faultyStore({ world, inner: store, life: of, durable, crash, isRecovering: () => life === of && !engine }),
      landscape,
      earlier: [other],
      limits,
      clock: of.clock,
      random: chance.next,
      nextTurn: of.nextTurn,
      probe: (point) => probe(of, point),
      connect: (system) => wires.connect(of, system),
      messenger: (notice) => (of.cut ? never() : of.hears(messenger(notice))),
      notify: { mail: true, webhook: undefined, publicUrl: 'http://hub.invalid' },
      onBug: (error) => (of.cut ? undefined : world.broken(`a bug of the engine: ${messageOf(error)}`)),
      watch: { ...noWatch, alert: isSuspicious },
      graceMs,
      redeliveryMs,
    }).then(
      (started) => {
        if (of.cut) return;
        engine = started;
        world.story.tell('hub', 'is up');
      },
      (error: unknown) => (of.cut ? undefined : world.broken(`the hub did not start: ${messageOf(error)}`)),
    );
  }

  function step(ms: number): void {
    skewMs += ms;
    steps += 1;
    world.story.tell('hub', `has its clock set ${ms > 0 ? 'forth' : 'back'} by ${Math.abs(ms)} ms`);
    life?.clockSet();
  }

  function stop(): void {
    const [of, open] = [life, engine];
    if (!of || !open) return;
    world.story.tell('hub', 'is stopped');
    engine = undefined;
    open.close().then(
      () => (of.cut ? undefined : end('has stopped')),
      (error: unknown) => (of.cut ? undefined : world.broken(`the hub did not stop: ${messageOf(error)}`)),
    );
  }

  function ask<Value>(work: (engine: Engine) => Promise<Value>): Promise<Value> {
    const [of, open] = [life, engine];
    if (!of || !open) return Promise.reject(new Fault('SYSTEM_UNREACHABLE', 'the hub is not up'));
    return new Promise((resolve, reject) => {
      const forget = of.onEnd(() => reject(new Fault('OUTCOME_UNKNOWN', 'the hub ended')));
      of.hears(work(open)).then(resolve, reject).finally(forget);
    });
  }

  return {
    start,
    crash,
    stop,
    deploy(isGentle) {
      [landscape, other] = [other, landscape];
      world.story.tell('hub', `gets the ${landscape.release} release`);
      if (isGentle) stop();
      else crash('to be upgraded');
    },
    step,
    setRight: () => (skewMs === 0 ? undefined : step(-skewMs)),
    ask,
    take: (events, principal) => ask((engine) => world.trials.during(events, () => engine.intake.accept(events, principal))),
    isUp: () => engine !== undefined,
    network: wires,
    starts,
    get clockSteps() {
      return steps;
    },
  };
}
