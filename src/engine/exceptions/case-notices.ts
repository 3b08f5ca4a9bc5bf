import type { Landscape } from '../../model/landscape.ts';
import type { Owner } from '../../model/owner.ts';
import type { Change, NoticeRecord } from '../../store/store.ts';
import { mailOf, type NoticeWords } from './mail-text.ts';

/** Where notices go besides the owners' mail boxes. */
export interface NoticeTargets {
  readonly mail: boolean;
  readonly webhook: string | undefined;
  /** Where people open the exception. */
  readonly publicUrl: string;
}

/** A message to each of some owners, and to the webhook. */
export function noticesOf(opening: NoticeWords, owners: readonly Owner[], { nowMs, targets, landscape, about = '' }: Occasion): readonly Change[] {
  const link = `${targets.publicUrl}/exceptions/${encodeURIComponent(opening.id)}`;
  const base = { exception: opening.id, status: 'open', attempts: 0, createdMs: nowMs, changedMs: nowMs } as const;
  const id = (name: string): string => `${opening.id}.${name}${about}@lineshaft.invalid`;
  const mailed = targets.mail ? owners.filter(({ mail }) => mail !== '') : [];
  const mails = mailed.map((owner): NoticeRecord => {
    const body = JSON.stringify(mailOf(opening, owner, link, landscape));
    return { ...base, id: id(owner.name), channel: 'mail', to: owner.mail, body };
  });
  const hooks: readonly NoticeRecord[] =
    targets.webhook === undefined ? [] : [{ ...base, id: id('webhook'), channel: 'webhook', to: targets.webhook, body: hookText(opening, link) }];
  return [...mails, ...hooks].map((put) => ({ change: 'notice.put' as const, ...put }));
}

interface Occasion {
  readonly nowMs: number;
  readonly targets: NoticeTargets;
  readonly landscape: Landscape;
  /** Its name, where it is not the opening. */
  readonly about?: string;
}

function hookText({ id, type, class: of, severity, summary, keys, dueMs, evidence }: NoticeWords, link: string): string {
  return JSON.stringify({ exception: id, type, class: of, severity, summary, keys, due: new Date(dueMs).toISOString(), evidence, link });
}
