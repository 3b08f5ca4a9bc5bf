// What waits for a person once it has parked: somebody says "again" when the system is mended, or several people do at once.
import { same, type Row } from '../../counterparts/verdict/row.ts';
import { at, type SystemName } from '../../counterparts/verdict/testimony.ts';
import { messageOf } from '../../kernel/errors.ts';
import type { Act, Means } from '../demo/scene.ts';
import { hubList } from './hub-list.ts';
import { passed, placed, trouble } from './placed.ts';
import type { Trial } from './trial.ts';

const lookMs = 50;
/** At either desk; each of them saw the effect parked. */
const peopleAtEach = 3;

interface Parked {
  readonly id: string;
  readonly version: unknown;
  readonly run: string;
  readonly step: unknown;
}

/** The effect that is somebody's case; undefined while there is none. */
async function parkedEffect({ stage }: Pick<Means, 'stage'>): Promise<Parked | undefined> {
  const cases = (await hubList(stage, '/api/exceptions?status=open')) ?? [];
  const found = cases.find((one) => at(one, 'type') === 'effect-parked');
  return found === undefined ? undefined : { id: String(at(found, 'id')), version: at(found, 'version'), run: String(at(found, 'run')), step: at(found, 'step') };
}

/** Waits until something has parked, has its system mended, and says "again", so many people at once. */
function mendAndRetry(system: SystemName, what: string, retry: (means: Means, parked: Parked) => Promise<void>): Act {
  return trouble(what, async (means) => {
    let parked = await parkedEffect(means);
    for (; !parked && Date.now() < means.until; parked = await parkedEffect(means)) await passed(lookMs);
    if (!parked) return `an effect at ${system} that waits for a person`;
    await means.counterparts.ask(system, 'DELETE', '/_fault');
    await retry(means, parked);
    return undefined;
  });
}

const atTheInbox = ({ stage }: Means, { id, version }: Parked): Promise<unknown> => stage.ask('POST', `/api/exceptions/${id}/retry`, { version, note: 'it is mended' });

/** In its answers a system calls a field something else, for good: nothing that it says can be understood until somebody mends it. */
function renamedForGood(system: SystemName, [from, to]: readonly [from: string, to: string], path: string): Trial {
  return {
    fault: 'rename-field',
    mode: `${system}, until it is mended`,
    play: 'slow-line',
    options() {
      const rename: Act = { do: 'fault', at: system, rule: { kind: 'rename-field', from, to, match: { path, method: 'POST' } } };
      const again = mendAndRetry(system, `${system} speaks as before, and somebody says: again`, async (means, parked) => void (await atTheInbox(means, parked)));
      return { change: (play) => ({ ...placed(placed(play, 'slow', [again]), 'calm', [rename]), parkedAt: system }) };
    },
  };
}

/** Several people want the same effect again, at both desks: one of them has it tried again, the others are told so. */
function peopleAtOneEffect(system: SystemName, path: string, method: string): Trial {
  return {
    fault: 'two-operators',
    mode: `retry one parked effect at ${system}`,
    play: 'slow-line',
    options() {
      let taken = 0;
      let toldOtherwise = 0;
      const idle: Act = { do: 'fault', at: system, rule: { kind: 'success-nothing-done', match: { path, method } } };
      const again = mendAndRetry(system, `${2 * peopleAtEach} people say: again`, async (means, parked) => {
        const { stage } = means;
        const { run, step } = parked;
        const version = at(await stage.ask('GET', `/api/runs/${run}`), 'version');
        const atTheRun = (): Promise<unknown> => stage.ask('POST', `/api/runs/${run}/retry`, { version, step, reason: 'it is mended', checked: true });
        const answers = await Promise.allSettled(Array.from({ length: peopleAtEach }, () => [atTheInbox(means, parked), atTheRun()]).flat());
        taken = answers.filter(({ status }) => status === 'fulfilled').length;
        toldOtherwise = answers.filter((answer) => answer.status === 'rejected' && / 409 /.test(messageOf(answer.reason))).length;
      });
      const looks = async (): Promise<readonly Row[]> => [
        same('hub.twice.operators', 'How many of them were told that it is tried again?', 1, taken),
        same('hub.owned.told', 'How many were told that somebody was faster?', 2 * peopleAtEach - 1, toldOtherwise),
      ];
      return { change: (play) => ({ ...placed(placed(play, 'slow', [again]), 'calm', [idle]), looks, parkedAt: system }) };
    },
  };
}

export const parkedTrials: readonly Trial[] = [
  renamedForGood('tms', ['shipment', 'consignment'], '/move$'),
  renamedForGood('supplier', ['messageId', 'reference'], '/api/needs'),
  peopleAtOneEffect('cmms', '/work-requests', 'POST'),
  peopleAtOneEffect('wms', '/expected-receipts/', 'PUT'),
];
