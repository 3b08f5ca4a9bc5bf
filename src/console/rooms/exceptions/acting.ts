// How somebody acts on a case: what each action is called, what it asks for, and how it is sent.
import { useState } from 'react';
import { post, Problem } from '../../api/client.ts';
import { queryClient, refresh } from '../../api/hub-query.ts';
import type { ExceptionAction, ExceptionView } from '../../../api/exceptions.ts';
import { isObject } from './facts.ts';
import type { ActionWords } from './action-words.ts';
import { stuckWords } from './stuck-words.ts';

/** The words of one action of the case; those of an effect differ from those of a whole run. */
export function actionWords(action: ExceptionAction, { step }: Pick<ExceptionView, 'step'>): ActionWords {
  switch (action) {
    case 'acknowledge':
    case 'resolve':
    case 'accept':
    case 'escalate':
      return { ...plain, ...caseWords[action] };
    case 'retry':
    case 'cancel':
    case 'mark-done':
      return settlingWords(action, step);
    case 'edit':
    case 'skip':
    case 'compensate':
      return stuckWords(action);
  }
}

const plain = { asks: undefined, form: undefined };

/** What is done about the case itself. */
const caseWords: Readonly<Record<'acknowledge' | 'resolve' | 'accept' | 'escalate', Omit<ActionWords, keyof typeof plain> & Partial<ActionWords>>> = {
  acknowledge: {
    label: 'Acknowledge',
    doing: 'Acknowledging …',
    done: 'You took this case on.',
    means: 'The others see that you take care of it. It stays open until it is resolved.',
  },
  resolve: {
    label: 'Resolve',
    doing: 'Resolving …',
    done: 'You resolved this case.',
    means: 'The case is closed. Nothing is sent to any system.',
    asks: 'How was it resolved?',
  },
  accept: {
    label: 'Accept and go on',
    doing: 'Accepting …',
    done: 'It goes on with your yes.',
    means: 'The system asked before it goes on, and does this one thing with your yes. The summary says what it asked.',
    asks: 'Why is it right to go on?',
  },
  escalate: {
    label: 'Pass it on',
    doing: 'Passing it on …',
    done: 'The next owner has it as well.',
    means: 'The next owner of the chain is told and can act; the present ones keep it too.',
    asks: 'Why does the next owner need to see it?',
  },
};

/** What is done about the effect or run that stands still. */
function settlingWords(action: 'retry' | 'cancel' | 'mark-done', step: string | undefined): ActionWords {
  const what = step === undefined ? 'run' : 'effect';
  switch (action) {
    case 'retry':
      return {
        ...plain,
        label: `Retry the ${what}`,
        doing: 'Retrying …',
        done: `The ${what} is tried again.`,
        means:
          step === undefined
            ? 'The run goes on from its last recorded step; what was done is not done again.'
            : 'It is sent once more. Make sure first that it was not done in the system.',
        asks: 'Why is it safe to try again?',
      };
    case 'cancel':
      return {
        ...plain,
        label: `Cancel the ${what}`,
        doing: 'Cancelling …',
        done: `The ${what} is cancelled.`,
        means: step === undefined ? 'The run ends here. What it has done stays done.' : 'It is not sent any more, and the run goes on without it.',
        asks: `Why must the ${what} not go on?`,
      };
    case 'mark-done':
      return {
        ...plain,
        label: 'Mark as done',
        doing: 'Marking …',
        done: 'The effect counts as done.',
        means: 'It was done in the system already: the run goes on with the answer that you give here.',
        asks: 'How do you know that it was done?',
        form: 'answer',
      };
  }
}

export interface Sent {
  readonly action: ExceptionAction;
  /** The version that the person saw. */
  readonly version: number;
  readonly note: string;
  /** What was filled in. */
  readonly value?: unknown;
}

export interface Acting {
  readonly isSending: boolean;
  /** Why the last one was refused. */
  readonly problem: Problem | undefined;
  readonly send: (sent: Sent) => Promise<boolean>;
  readonly forget: () => void;
}

export function casePath(id: string): string {
  return `/api/exceptions/${encodeURIComponent(id)}`;
}

/** Sends actions of one case, one at a time, and keeps what was refused. */
export function useActing(id: string): Acting {
  const [isSending, setIsSending] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const send = async ({ action, ...body }: Sent): Promise<boolean> => {
    setIsSending(true);
    setProblem(undefined);
    try {
      const next = await post<ExceptionView>(`${casePath(id)}/${action}`, body);
      queryClient.setQueryData(['hub', casePath(id)], next);
      void refresh('/api/exceptions');
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
      // Somebody else was faster: the refusal carries what they made of it.
      if (isObject(error.details['current'])) queryClient.setQueryData(['hub', casePath(id)], error.details['current']);
      if (error.code === 'CONFLICT') void refresh('/api/exceptions');
      return false;
    } finally {
      setIsSending(false);
    }
  };
  return { isSending, problem, send, forget: () => setProblem(undefined) };
}
