import type { BacktestDesk, BacktestTicket } from '../engine/backtest/backtest-desk.ts';
import type { BacktestOrder, MachineOutcome } from '../engine/backtest/backtest-order.ts';
import type { Engine } from '../engine/engine.ts';
import { permits } from '../engine/policy/role.ts';
import { loggedChanges, type LoggedChange } from '../engine/stories/machine-log.ts';
import { Fault } from '../kernel/errors.ts';
import { spanMs, type LimitValues } from '../model/limit.ts';
import type { Machine } from '../model/machine.ts';
import { ownersOf } from '../model/owner.ts';
import { deskAt, playedAt, samplesMax, spanOf, ticketOf, triedLimits, triedShape, triedView, type OwnLimit, type TriedOn, type TriedView } from './backtest-desk.ts';
import { ok, route, type Route } from './route.ts';
import { viewShapes } from './view-shapes.ts';

/** A machine whose changes of state are told. */
export interface MachineView {
  readonly name: string;
  readonly title: string;
  readonly owners: readonly string[];
  readonly asset: string;
  /** Names of the signals that carry its state and its reason. */
  readonly signal: string;
  readonly reason?: string | undefined;
  /** How long a state lasts before it counts. */
  readonly dwellMs: number;
}

export interface MachineDetail extends MachineView {
  /** Its dwell, where that is a limit. */
  readonly limits: readonly OwnLimit[];
  /** Its newest changes of state, newest first. */
  readonly states: readonly LoggedChange[];
  /** Edges whose recordings are at hand for a backtest. */
  readonly recordings: readonly string[];
  /** Whether whoever asks may run one. */
  readonly mayTry: boolean;
  /** The newest backtest of it that is still known. */
  readonly backtest?: string | undefined;
}

/** A backtest of a machine. */
export interface MachineBacktestView extends TriedView {
  readonly machine: string;
  readonly outcome?: MachineOutcome | undefined;
  /** What the edge really told in the same time, newest first. */
  readonly live?: readonly LoggedChange[] | undefined;
}

export type { LoggedChange, MachineOutcome };

export interface MachineRouteParts extends TriedOn {
  readonly engine: Engine;
  readonly limits: LimitValues;
}

const statesMax = 50;
const liveMax = 500;

/** The machines whose states are told: their newest changes, and what they would be with another dwell. */
export function machineRoutes({ engine, limits, backtests, recordings }: MachineRouteParts): readonly Route[] {
  const { landscape, store } = engine;
  const desk = (): BacktestDesk => deskAt(backtests, 'machine');
  const idIn = (params: Readonly<Record<string, string>>): string => ticketOf(desk(), 'machine', params['id'] ?? '').id;

  function machineNamed(params: Readonly<Record<string, string>>): Machine {
    const wanted = params['name'] ?? '';
    const machine = landscape.of('machine').get(wanted);
    if (machine) return machine;
    throw new Fault('NOT_FOUND', `No machine is called "${wanted.slice(0, 100)}".`);
  }

  return [
    route({
      method: 'GET',
      path: '/api/machines',
      group: 'rules',
      summary: 'Each machine whose changes of state are told: by which signal, and after which dwell.',
      right: 'read',
      gives: viewShapes.machines,
      serve: async () => ok([...landscape.of('machine').values()].map((machine) => machineView(machine, limits))),
    }),
    route({
      method: 'GET',
      path: '/api/machines/:name',
      group: 'rules',
      summary: 'One machine with its newest changes of state, and the recordings that it can be tried on.',
      right: 'read',
      gives: viewShapes.machine,
      async serve({ params, principal }) {
        const machine = machineNamed(params);
        const [states, atHand] = await Promise.all([loggedChanges(store, machine, statesMax), backtests?.recordings() ?? []]);
        const detail: MachineDetail = {
          ...machineView(machine, limits),
          limits: machineLimits(machine, limits),
          states,
          recordings: atHand,
          mayTry: permits(principal.role, 'backtest'),
          backtest: backtests?.newestOf('machine', machine.name)?.id,
        };
        return ok(detail);
      },
    }),
    route({
      method: 'POST',
      path: '/api/machines/:name/backtests',
      group: 'rules',
      summary:
        'Follows a machine over what an edge on this machine recorded, or over a recording that the hub fetched ("recording"), also with another dwell: in a process of its own, one at a time with those of rules, bounded in time and samples. Nothing is sent and nothing is written but the audit.',
      right: 'backtest',
      body: triedShape,
      async serve({ params, body, principal }) {
        const machine = machineNamed(params);
        const tried = triedLimits(`machine "${machine.name}"`, machineLimits(machine, limits), landscape.of('limit'), body.limits ?? {});
        const played = await playedAt({ backtests, recordings }, 'machine', body);
        const labels = body.labels === undefined || body.labels.trim() === '' ? undefined : body.labels;
        const order: BacktestOrder = { kind: 'machine', name: machine.name, ...played, ...spanOf(body), limits: { ...limits, ...tried }, labels, samplesMax };
        return { status: 202, body: await ticketView(engine, await desk().start({ order, tried, by: principal.name })) };
      },
    }),
    route({
      method: 'GET',
      path: '/api/machine-backtests/:id',
      group: 'rules',
      summary: 'A backtest of a machine: whether it runs, what came out, and what the edge really told in the same time.',
      right: 'read',
      gives: viewShapes.machineBacktest,
      serve: async ({ params }) => ok(await ticketView(engine, desk().ticket(idIn(params)))),
    }),
    route({
      method: 'POST',
      path: '/api/machine-backtests/:id/cancel',
      group: 'rules',
      summary: 'Ends a backtest of a machine that runs.',
      right: 'backtest',
      serve: async ({ params, principal }) => ok(await ticketView(engine, await desk().cancel(idIn(params), principal.name))),
    }),
  ];
}

function machineView({ name: of, title, owner, on, reason, dwell }: Machine, limits: LimitValues): MachineView {
  return {
    name: of,
    title,
    owners: ownersOf(owner).map((each) => each.name),
    asset: on.asset.name,
    signal: on.name,
    reason: reason?.name,
    dwellMs: spanMs(dwell, limits),
  };
}

function machineLimits({ dwell }: Machine, limits: LimitValues): readonly OwnLimit[] {
  return typeof dwell === 'string' ? [] : [{ name: dwell.name, value: limits[dwell.name] ?? dwell.value, usual: dwell.value, why: dwell.why }];
}

async function ticketView({ landscape, store }: Engine, ticket: BacktestTicket): Promise<MachineBacktestView> {
  const { order } = ticket;
  const outcome = ticket.outcome && 'changes' in ticket.outcome ? ticket.outcome : undefined;
  const machine = landscape.of('machine').get(order.name);
  const data = outcome?.data;
  const live = machine && data && (await loggedChanges(store, machine, liveMax)).filter(({ edge, atMs }) => edge === order.edge && atMs >= data.fromMs && atMs <= data.toMs);
  return { ...triedView(ticket), machine: order.name, outcome, live };
}
