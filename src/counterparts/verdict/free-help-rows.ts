// Who was called for help in free play: one work request and one alert for each slow-down that persisted, and none otherwise.
import { spansOf } from './free-facts.ts';
import type { FreePlay } from './free-order-rows.ts';
import { ofEachPlan, onceIfWanted } from './plan-rows.ts';
import { judged, listed, same, type Row } from './row.ts';
import { at, type Entry, type Testimony } from './testimony.ts';

const planningMail = 'planning@acme.example';
/** Told of a transport service that stays away. */
const transportMail = 'transport@acme.example';

export function freeHelpRows({ facts, world, outlooks }: FreePlay, { ledgers }: Pick<Testimony, 'ledgers'>): readonly Row[] {
  const { order, customerOrders } = world;
  const requests = ledgers.cmms.filter(({ type }) => type === 'work-request.created');
  const mails = ledgers.mailbox.filter(({ keys }) => keys.includes(planningMail));
  const distinct = [...new Map(mails.map((mail) => [mail.key, mail])).values()];
  const names = [order.id, order.asset, customerOrders[0]?.currency ?? '?'];
  const patient = spansOf(facts.deeds, 'transport-down', 'transport-up').some(
    ({ fromMs, toMs }) => Math.min(toMs, facts.nowMs) - fromMs > facts.agreement.patienceMs - facts.agreement.slackMs,
  );
  const others = ledgers.mailbox.filter((mail) => !mails.includes(mail) && !(patient && mail.keys.includes(transportMail)));
  const isAbout = (mail: Entry, { key }: Entry): boolean => new RegExp(`\\b${key}\\b`).test(textOf(mail));
  const alerted = requests.map((request) => distinct.filter((mail) => isAbout(mail, request)).length);
  return [
    ofEachPlan('cmms.requests', 'Was maintenance called for each line that stayed slow, and for no other?', outlooks, ({ plan, help }) => onceIfWanted(help, plan.requests.length)),
    same('cmms.assets', 'Which other machines have work requests?', 'none', listed(requests.map(({ data }) => String(at(data, 'asset'))).filter((asset) => asset !== order.asset))),
    ofEachPlan('cmms.notes', 'Was each call told when the line was well in time?', outlooks, ({ plan }) => {
      const isWanted = plan.restored !== undefined && plan.requests.length > 0;
      const isRight = plan.notes.every(({ key }) => key === plan.requests[0]?.key);
      const answer = onceIfWanted(isWanted ? 'yes' : 'no', plan.notes.length);
      return { ...answer, ok: answer.ok && isRight };
    }),
    judged(
      'mailbox.alerts',
      'Did planning get one alert for each call?',
      `${requests.length}, one each`,
      `${distinct.length}, ${listed(alerted)} each`,
      distinct.length === requests.length && alerted.every((count) => count === 1),
    ),
    same(
      'mailbox.context',
      'Which alerts do not name what planning needs?',
      'none',
      listed(distinct.filter((mail) => !names.every((name) => textOf(mail).includes(name))).map(({ key }) => key)),
    ),
    same('mailbox.repeats', 'Do repeats of an alert say the same?', 0, mails.filter((mail) => textOf(mail) !== textOf(distinct.find(({ key }) => key === mail.key))).length),
    same('mailbox.others', 'Who else got mail?', 'nobody', others.length === 0 ? 'nobody' : listed([...new Set(others.flatMap(({ keys }) => keys.slice(1)))])),
  ];
}

function textOf(mail: Entry | undefined): string {
  return `${String(at(mail?.data, 'subject'))}\n${String(at(mail?.data, 'text'))}`;
}
