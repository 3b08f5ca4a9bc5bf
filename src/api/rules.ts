import type { Clock } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';
import type { LimitValues } from '../model/limit.ts';
import { ownersOf } from '../model/owner.ts';
import type { Rule } from '../model/rule.ts';
import type { BacktestDesk, BacktestTicket } from '../engine/backtest/backtest-desk.ts';
import type { BacktestOutcome } from '../engine/backtest/backtest-order.ts';
import type { RuleStatus } from '../engine/edge/rule-host.ts';
import type { Engine } from '../engine/engine.ts';
import { requireHysteresis } from '../engine/check/rule-check.ts';
import { ruleTerms, type RuleTerms } from '../engine/graph/rule-words.ts';
import { permits } from '../engine/policy/role.ts';
import { settingsOf } from '../engine/rules/rule-settings.ts';
import { limitChanges, loggedEpisodes, type LimitChange, type LoggedEpisode } from '../engine/stories/rule-log.ts';
import type { TrendBoard } from '../engine/trends/trend-board.ts';
import type { EdgeStatusView } from './trends.ts';
import { deskAt, playedAt, samplesMax, spanOf, ticketOf, triedLimits, triedShape, triedView, type OwnLimit, type TriedOn, type TriedView } from './backtest-desk.ts';
import { ok, route, type Route } from './route.ts';
import { viewShapes } from './view-shapes.ts';

/** A rule under the limits that count. */
export interface RuleView {
  readonly name: string;
  readonly title: string;
  readonly owners: readonly string[];
  readonly asset: string;
  readonly signal: string;
  /** When it fires and clears; spans in milliseconds. */
  readonly terms: RuleTerms;
  /** Of the limits that it uses. */
  readonly limitsVersion: string;
  /** How it stands at each edge that told of it. */
  readonly standings: readonly RuleStanding[];
}

export type RuleStanding = { readonly edge: string } & Pick<RuleStatus, 'phase'> & Partial<Pick<RuleStatus, 'newestMs' | 'openSinceMs' | 'noDataSinceMs' | 'counts'>>;

export interface RuleDetail extends RuleView {
  readonly limits: readonly OwnLimit[];
  /** Changes of its limits, newest first, as the audit has them. */
  readonly changes: readonly LimitChange[];
  /** Its newest episodes, newest first. */
  readonly episodes: readonly LoggedEpisode[];
  /** Edges whose recordings are at hand for a backtest. */
  readonly recordings: readonly string[];
  /** Whether whoever asks may run one. */
  readonly mayTry: boolean;
  /** The newest backtest of it that is still known. */
  readonly backtest?: string | undefined;
}

export type { BacktestOutcome, LimitChange, LoggedEpisode };

/** A backtest that somebody asked for. */
export interface BacktestView extends TriedView {
  readonly rule: string;
  readonly outcome?: BacktestOutcome | undefined;
  /** What the edges really told in the same time, newest first. */
  readonly live?: readonly LoggedEpisode[] | undefined;
}

export interface RuleRouteParts extends TriedOn {
  readonly engine: Engine;
  readonly limits: LimitValues;
  readonly trends: TrendBoard;
  readonly clock: Clock;
}

const episodesMax = 50;
const liveMax = 500;

/** The rules: what they say, by which limits, how they stand, and what they would say with others. */
export function ruleRoutes(parts: RuleRouteParts): readonly Route[] {
  const { engine, limits, backtests } = parts;
  const { landscape, store } = engine;

  function ruleNamed(params: Readonly<Record<string, string>>): Rule {
    const wanted = params['name'] ?? '';
    const rule = landscape.of('rule').get(wanted);
    if (rule) return rule;
    throw new Fault('NOT_FOUND', `No rule is called "${wanted.slice(0, 100)}".`);
  }

  function desk(): BacktestDesk {
    return deskAt(backtests, 'rule');
  }

  return [
    route({
      method: 'GET',
      path: '/api/rules',
      group: 'rules',
      summary: 'Each rule: what it says in words, under which limits, and how it stands at its edges.',
      right: 'read',
      gives: viewShapes.rules,
      serve: async () => ok([...landscape.of('rule').values()].map((rule) => ruleView(rule, parts))),
    }),
    route({
      method: 'GET',
      path: '/api/rules/:name',
      group: 'rules',
      summary: 'One rule with its limits and their changes, its newest episodes, and the recordings that it can be tried on.',
      right: 'read',
      gives: viewShapes.rule,
      async serve({ params, principal }) {
        const rule = ruleNamed(params);
        const view = ruleView(rule, parts);
        const own = ruleLimits(rule, parts);
        const [changes, episodes, recordings] = await Promise.all([
          limitChanges(
            store,
            own.map((limit) => limit.name),
          ),
          loggedEpisodes(store, rule, episodesMax),
          backtests?.recordings() ?? [],
        ]);
        const detail: RuleDetail = {
          ...view,
          limits: own,
          changes,
          episodes,
          recordings,
          mayTry: permits(principal.role, 'backtest'),
          backtest: backtests?.newestOf('rule', rule.name)?.id,
        };
        return ok(detail);
      },
    }),
    route({
      method: 'POST',
      path: '/api/rules/:name/backtests',
      group: 'rules',
      summary:
        'Tries a rule on what an edge on this machine recorded, or on a recording that the hub fetched ("recording"), with other limits: in a process of its own, one at a time, bounded in time and samples. Nothing is sent and nothing is written but the audit.',
      right: 'backtest',
      body: triedShape,
      async serve({ params, body, principal }) {
        const rule = ruleNamed(params);
        const tried = triedLimits(`rule "${rule.name}"`, ruleLimits(rule, parts), landscape.of('limit'), body.limits ?? {});
        requireHysteresis(rule, { ...limits, ...tried });
        const order = {
          kind: 'rule' as const,
          name: rule.name,
          ...(await playedAt(parts, 'rule', body)),
          ...spanOf(body),
          limits: { ...limits, ...tried },
          labels: body.labels === undefined || body.labels.trim() === '' ? undefined : body.labels,
          samplesMax,
        };
        return { status: 202, body: await ticketView(engine, await desk().start({ order, tried, by: principal.name })) };
      },
    }),
    route({
      method: 'GET',
      path: '/api/backtests/:id',
      group: 'rules',
      summary: 'A backtest: whether it runs, what came out, and what the edges really told in the same time.',
      right: 'read',
      gives: viewShapes.backtest,
      serve: async ({ params }) => ok(await ticketView(engine, ticketOf(desk(), 'rule', params['id'] ?? ''))),
    }),
    route({
      method: 'POST',
      path: '/api/backtests/:id/cancel',
      group: 'rules',
      summary: 'Ends a backtest that runs.',
      right: 'backtest',
      serve: async ({ params, principal }) => ok(await ticketView(engine, await desk().cancel(ticketOf(desk(), 'rule', params['id'] ?? '').id, principal.name))),
    }),
  ];
}

function ruleView(rule: Rule, { limits, trends }: RuleRouteParts): RuleView {
  const standings = trends.edges().flatMap(({ edge, status }) => {
    // An edge tells of its rules as `EdgeStatus` says; the hub hands it on.
    const told = (status as EdgeStatusView | undefined)?.rules?.find((one) => one.rule === rule.name);
    if (!told) return [];
    const { phase, newestMs, openSinceMs, noDataSinceMs, counts } = told;
    return [{ edge, phase, newestMs, openSinceMs, noDataSinceMs, counts }];
  });
  return {
    name: rule.name,
    title: rule.title,
    owners: ownersOf(rule.owner).map((owner) => owner.name),
    asset: rule.on.asset.name,
    signal: rule.on.name,
    terms: ruleTerms(rule, limits),
    limitsVersion: settingsOf(rule, limits).limits.version,
    standings,
  };
}

function ruleLimits(rule: Rule, { engine, limits }: RuleRouteParts): readonly OwnLimit[] {
  const declared = engine.landscape.of('limit');
  return Object.entries(settingsOf(rule, limits).limits.values).map(([limit, value]) => {
    const found = declared.get(limit);
    return { name: limit, value, usual: found?.value ?? value, why: found?.why ?? '' };
  });
}

async function ticketView({ landscape, store }: Engine, ticket: BacktestTicket): Promise<BacktestView> {
  const { order } = ticket;
  const outcome = ticket.outcome && 'episodes' in ticket.outcome ? ticket.outcome : undefined;
  const rule = landscape.of('rule').get(order.name);
  const data = outcome?.data;
  const live =
    rule && data && (await loggedEpisodes(store, rule, liveMax)).filter((one) => one.edge === order.edge && one.firedMs <= data.toMs && (one.clearedMs ?? Infinity) >= data.fromMs);
  return { ...triedView(ticket), rule: order.name, outcome, live };
}
