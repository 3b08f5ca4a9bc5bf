// What comes in that should not, or too often.
import { worldFrom } from '../../counterparts/frame/world.ts';
import { judged, same, type Row } from '../../counterparts/verdict/row.ts';
import { at } from '../../counterparts/verdict/testimony.ts';
import type { Means, Play } from '../demo/scene.ts';
import { hubList } from './hub-list.ts';
import { placed, trouble } from './placed.ts';
import type { Trial } from './trial.ts';

const poisons = 20;
const alarms = 1_000;
const refusals = 100;
const batchMax = 500;

/** The edge keeps what it cannot read, and says so. */
async function edgeRows({ stage }: Means): Promise<readonly Row[]> {
  const edges = (await hubList(stage, '/api/edges')) ?? [];
  const kept = edges.map((edge) => at(edge, 'status', 'quarantine')).flatMap((entries): readonly unknown[] => (Array.isArray(entries) ? entries : []));
  return [
    judged(
      'hub.owned.quarantine',
      'Is what no machine should say kept with its reason?',
      'with its reason',
      kept.map((entry) => String(at(entry, 'reason'))).join(', ') || 'none',
      kept.length > 0,
    ),
  ];
}

/** An order that nobody knows, while a line that somebody knows is slow. */
const unknown = 'PO-NONE';

const poisonEvents = Array.from({ length: poisons }, (_, number) => ({
  specversion: '1.0',
  id: `poison-${number}`,
  source: '/chaos',
  type: 'production.variance.detected.v1',
  data: { order: unknown, measuredRatePerMin: 'slow' },
}));

const poisonTrials: readonly Trial[] = [
  {
    fault: 'poison',
    mode: 'events that break their contract',
    play: 'slow-line',
    options() {
      let reasons = 0;
      const send = trouble('events come that break their contract', async ({ stage }) => {
        const answers = await stage.ask('POST', '/api/events', poisonEvents).catch(() => undefined);
        reasons = Number(at(answers, 'quarantined') ?? 0);
        return undefined;
      });
      const looks = async ({ stage }: Means): Promise<readonly Row[]> => {
        const kept = at(await stage.ask('GET', '/api/overview').catch(() => undefined), 'events', 'quarantined');
        return [
          same('hub.owned.quarantine', 'How many of the bad events does the hub keep with their reasons?', poisons, String(kept)),
          same(
            'hub.owned.case',
            'Whose are they?',
            'somebody’s',
            (await hubList(stage, '/api/exceptions?status=open'))?.some((one) => JSON.stringify(one).includes('poison-0')) ? 'somebody’s' : 'nobody’s',
          ),
          same('hub.owned.told', 'How many was their sender told of?', poisons, reasons),
        ];
      };
      return { change: (play) => ({ ...placed(play, 'revised-once', [send]), looks, elsewhere: 'poison-0' }) };
    },
  },
  {
    fault: 'poison',
    mode: 'what no machine says',
    play: 'slow-line',
    options: () => ({ change: (play) => ({ ...placed(play, 'calm', [babble]), looks: edgeRows }) }),
  },
];

const babble = trouble('a machine sends what is no message', async ({ counterparts }) => {
  const topic = 'acme/bremen/packaging/line-1/packer-3/telemetry';
  for (const payload of ['{"ts":', '[]', '{"ts":"yesterday","rate":"fast"}']) await counterparts.ask('plant', 'POST', '/_publish', { topic, payload });
  await counterparts.ask('plant', 'POST', '/_sparkplug', { action: 'bad-payload' });
  return undefined;
});

/** An order that nobody knows is unknown to three systems; one that is locked is the ERP's alone. */
const floodTrials: readonly Trial[] = [
  floodTrial('one alarm, a thousand times', 'slow-line', alarms, () => ({ id: 'flood', order: unknown })),
  floodTrial('a thousand alarms about one order', 'slow-line', alarms, (number) => ({ id: `flood-${number}`, order: unknown })),
  floodTrial('many alarms, one refusal', 'order-locked', refusals, (number) => ({ id: `flood-${number}`, order: 'PO-4711' })),
];

function floodTrial(mode: string, play: 'slow-line' | 'order-locked', count: number, alarm: Alarm): Trial {
  const isLocked = play === 'order-locked';
  const looks = caseRows(isLocked ? [`order-not-revisable ${count}`] : ['effect-parked 1', 'effect-parked 1', 'effect-parked 1', 'line-bottleneck 1']);
  return {
    fault: 'alarm-flood',
    mode,
    play,
    options({ seed }) {
      const alarmed = flood(seed, count, alarm);
      // Where the alarms are about the line itself, they are all that is said of it.
      if (isLocked) return { change: (one) => ({ ...one, acts: one.acts.map((act) => (act.do === 'pace' ? alarmed : act)), looks }) };
      return { change: (one) => ({ ...placed(one, 'slow', [alarmed]), looks, elsewhere: unknown }) };
    },
  };
}

type Alarm = (number: number) => { readonly id: string; readonly order: string };

function flood(seed: number, count: number, alarm: Alarm): Play['acts'][number] {
  return trouble(`${count} alarms come`, async ({ stage }) => {
    const all = Array.from({ length: count }, (_, number) => alarmOf(seed, alarm(number)));
    for (let from = 0; from < all.length; from += batchMax) await stage.ask('POST', '/api/events', all.slice(from, from + batchMax));
    return undefined;
  });
}

/** As the rule of the edge makes it. */
export function alarmOf(seed: number, { id, order }: { readonly id: string; readonly order: string }): object {
  const now = Date.now();
  const { targetRatePerMin, item, line } = worldFrom(seed, now).order;
  const since = new Date(now - 1_000).toISOString();
  const slotEnd = new Date(now + 3 * 3_600_000).toISOString();
  const data = {
    order,
    item,
    asset: 'packer-9',
    line,
    // Many alarms of one cause tell the same episode.
    episode: `episode-${order}`,
    since,
    measuredRatePerMin: targetRatePerMin * 0.55,
    targetRatePerMin,
    remaining: 20_000,
    slotEnd,
    quantityAtRisk: 9_000,
    etaShiftMinutes: 130,
    etaShiftLowMinutes: 125,
    etaShiftHighMinutes: 135,
    windowFrom: since,
    windowTo: new Date(now).toISOString(),
    windowSamples: 100,
  };
  return { specversion: '1.0', id, source: '/chaos', type: 'production.variance.detected.v1', datacontenttype: 'application/json', data };
}

/** One case for what one cause does, however often. */
export function caseRows(expected: readonly string[]): (means: Means) => Promise<readonly Row[]> {
  return async ({ stage }) => {
    const cases = (await hubList(stage, '/api/exceptions?status=all')) ?? [];
    const counted = cases.map((one) => `${String(at(one, 'type'))} ${String(at(one, 'count'))}`);
    return [same('hub.twice.cases', 'Which cases are there, and how often did their causes strike?', expected.join(', '), counted.sort().join(', '))];
  };
}

export const messageTrials: readonly Trial[] = [...poisonTrials, ...floodTrials];
