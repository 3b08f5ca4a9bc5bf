import { LoaderCircle } from 'lucide-react';
import { useEffect, useId, useRef, useState, type ReactElement, type RefObject, type SubmitEvent } from 'react';
import type { Problem } from '../../api/client.ts';
import { PlantText } from '../../parts/plant-text.tsx';
import { useHub } from '../../api/hub-query.ts';
import { actionWords, type Acting } from './acting.ts';
import type { ActionWords } from './action-words.ts';
import { answerFields, answerOf, likelyAnswer } from './answer.ts';
import { AnswerForm } from './answer-form.tsx';
import { CaseConflict } from './case-conflict.tsx';
import type { CapabilityView } from '../../../api/capabilities.ts';
import type { ExceptionAction, ExceptionView } from '../../../api/exceptions.ts';
import { fieldIn } from './facts.ts';

const noteMax = 4_000;

interface DialogProps {
  readonly action: ExceptionAction;
  /** As it was when the person decided to act. */
  readonly seen: ExceptionView;
  /** As it is now. */
  readonly now: ExceptionView;
  readonly acting: Acting;
  readonly note: string;
  readonly onNote: (note: string) => void;
  readonly onClose: () => void;
  readonly onDone: (said: string) => void;
}

/** Asks for what an action needs, sends it, and says plainly when somebody else was faster. */
export function CaseDialog({ action, seen, now, acting, note, onNote, onClose, onDone }: DialogProps): ReactElement {
  const title = useId();
  const dialog = useModal();
  const words = actionWords(action, seen);
  const fields = useAnswerFields(words.form, seen);
  const [changed, setTyped] = useState<Readonly<Record<string, string>>>();
  const typed = changed ?? (words.form === 'instead' ? {} : likelyAnswer(fields, fieldIn(seen.context, 'input')));
  const [complaint, setComplaint] = useState('');
  const isOvertaken = now.version > seen.version;
  // Where somebody else was faster there may be nothing left to say.
  const isPossible = !isOvertaken || now.actions.includes(action);
  const isNeeded = seen.needsNote.includes(action);
  const send = async (version: number): Promise<void> => {
    const isFilled = words.form !== undefined && (words.form !== 'instead' || Object.values(typed).some((text) => text.trim() !== ''));
    const answer = isFilled ? answerOf(fields, typed) : { value: undefined };
    if (isNeeded && !/[\p{L}\p{N}]/u.test(note)) setComplaint('Say it in a few words, so that the others understand it later.');
    else if ('wrong' in answer) setComplaint(`"${answer.wrong}" is missing, or is no such value.`);
    else {
      setComplaint('');
      if (await acting.send({ action, version, note: note.trim(), ...(answer.value === undefined ? {} : { value: answer.value }) })) onDone(words.done);
    }
  };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (!isOvertaken && !acting.isSending) void send(seen.version);
  };
  return (
    <dialog ref={dialog} className="exc-dialog" aria-labelledby={title} onClose={onClose}>
      <form onSubmit={submit}>
        <h2 id={title}>{words.label}</h2>
        <p className="exc-dialog-case">
          <PlantText text={seen.summary} />
        </p>
        <p className="quiet">{words.means}</p>
        {isOvertaken && <CaseConflict seen={seen} now={now} hasNote={note.trim() !== ''} />}
        {words.form && isPossible && <AnswerForm legend={legends[words.form]} fields={fields} typed={typed} onTyped={setTyped} />}
        {(isPossible || note.trim() !== '') && (
          <label className="field">
            <span>{isPossible ? `${words.asks ?? 'Note'} ${isNeeded ? '(needed: it stands in the audit)' : '(may be left out)'}` : 'Your note'}</span>
            <textarea rows={4} maxLength={noteMax} value={note} readOnly={!isPossible} aria-required={isPossible && isNeeded} onChange={(event) => onNote(event.target.value)} />
          </label>
        )}
        <Complaint text={complaint} problem={isOvertaken ? undefined : acting.problem} />
        <div className="exc-dialog-foot">
          <button type="button" className="button" onClick={() => dialog.current?.close()}>
            {isOvertaken ? 'Look at it now' : 'Not now'}
          </button>
          {!isOvertaken && <SendButton isSending={acting.isSending} label={words.label} doing={words.doing} />}
          {isOvertaken && isPossible && <SendButton isSending={acting.isSending} label={`${words.label} anyway`} doing={words.doing} onClick={() => void send(now.version)} />}
        </div>
      </form>
    </dialog>
  );
}

/** Opened over the page for as long as it is there; the page behind takes no keys. */
function useModal(): RefObject<HTMLDialogElement | null> {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const opened = dialog.current;
    if (opened && !opened.open) opened.showModal();
  }, []);
  return dialog;
}

const legends = { answer: 'What did the system answer?', instead: 'What does the flow get instead? (may be left out)', input: 'What is asked for?' } as const;

function useAnswerFields(form: ActionWords['form'], view: ExceptionView): ReturnType<typeof answerFields> {
  const { data } = useHub<readonly CapabilityView[]>('/api/capabilities', { enabled: form !== undefined });
  const name = fieldIn(view.context, 'capability');
  const capability = data?.find((each) => each.name === name);
  return form ? answerFields(form === 'input' ? capability?.input : capability?.output) : [];
}

function Complaint({ text, problem }: { readonly text: string; readonly problem: Problem | undefined }): ReactElement | null {
  if (text === '' && !problem) return null;
  return (
    <p className="exc-complaint" role="alert">
      {text === '' ? `${problem?.message ?? ''} ${problem?.help ?? ''}` : text}
    </p>
  );
}

/** Says that it is sending while it is; `onClick` where it is not what the form submits. */
function SendButton({
  isSending,
  label,
  doing,
  onClick,
}: {
  readonly isSending: boolean;
  readonly label: string;
  readonly doing: string;
  readonly onClick?: () => void;
}): ReactElement {
  return (
    <button type={onClick ? 'button' : 'submit'} className="button" data-kind="primary" disabled={isSending} {...(onClick && { onClick })}>
      {isSending && <LoaderCircle aria-hidden="true" className="exc-turning" />}
      {isSending ? doing : label}
    </button>
  );
}
