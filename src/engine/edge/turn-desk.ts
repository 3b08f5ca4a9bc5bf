import { Fault, messageOf } from '../../kernel/errors.ts';
import type { Turn } from '../rules/evaluation.ts';
import type { Recorder } from '../telemetry/recorder.ts';
import type { HeardTraces } from './heard-traces.ts';
import type { Hosted } from './hosted-rule.ts';
import type { QuarantineDesk } from './quarantine-desk.ts';
import type { RuleCommitter } from './rule-committer.ts';
import { ruleEvent } from './rule-event.ts';
import type { RuleGuard } from './rule-guard.ts';

export interface TurnDeskParts {
  readonly edge: string;
  readonly guard: Pick<RuleGuard, 'call'>;
  readonly traces: Pick<HeardTraces, 'of'>;
  readonly committer: Pick<RuleCommitter, 'append' | 'refused'>;
  readonly quarantine: Pick<QuarantineDesk, 'put'>;
  readonly recorder?: Pick<Recorder, 'hasten'>;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
}

/** Where the turns of rules become events, to be committed with the state that gave them; one whose code fails goes to quarantine. */
export interface TurnDesk {
  take(rule: Hosted, turns: readonly Turn[]): void;
}

export function turnDesk({ edge, guard, traces, committer, quarantine, recorder, log }: TurnDeskParts): TurnDesk {
  function hand(each: Hosted, turn: Turn): void {
    try {
      const event = ruleEvent(edge, each.rule, turn, guard, traces.of(each.rule.on, turn.episode.atMs));
      if (!event) return;
      committer.append(each, event);
      recorder?.hasten();
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      log(messageOf(error), { rule: each.rule.name, episode: turn.episode.id, ...(error.code === 'LANDSCAPE_STALLED' && { urgent: true }) });
      quarantine.put(`rule:${each.rule.name}`, messageOf(error), JSON.stringify(turn));
      committer.refused(each);
    }
  }

  return {
    take(each, turns) {
      for (const turn of turns) hand(each, turn);
    },
  };
}
