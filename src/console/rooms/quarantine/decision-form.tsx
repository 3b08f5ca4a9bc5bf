import { Check, LoaderCircle } from 'lucide-react';
import { useId, useRef, useState, type ReactElement, type SubmitEvent } from 'react';
import type { QuarantineDetail } from '../../../api/quarantine.ts';
import { post, Problem } from '../../api/client.ts';
import { refresh, useHub } from '../../api/hub-query.ts';
import { choicesOf, choiceWords, jsonIn, type Choice } from './quarantine-words.ts';

const reasonMax = 1_000;

/** What the reader may do about a message; whoever may only look is told so. */
export function DecisionForm({ detail }: { readonly detail: QuarantineDetail }): ReactElement {
  const { data: me } = useHub<{ readonly role: string }>('/api/me');
  const said = useRef<HTMLParagraphElement>(null);
  const [done, setDone] = useState('');
  const [problem, setProblem] = useState('');
  const mayAct = me?.role === 'admin' || me?.role === 'operator';
  const finish = (words: string): void => {
    setDone(words);
    said.current?.focus();
  };
  const isOpen = detail.state === 'open';
  return (
    <div className="quar-decide">
      {isOpen && me && !mayAct && <p className="quiet small">Your role is {me.role}: you see everything here, and an operator or admin decides about it.</p>}
      {isOpen && mayAct && done === '' && <Choosing detail={detail} onDone={finish} onProblem={setProblem} />}
      <p ref={said} tabIndex={-1} role="status" className="exc-said">
        {done !== '' && (
          <>
            <Check aria-hidden="true" />
            {done}
          </>
        )}
      </p>
      {problem !== '' && (
        <p className="exc-complaint" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}

interface ChoosingProps {
  readonly detail: QuarantineDetail;
  readonly onDone: (words: string) => void;
  readonly onProblem: (words: string) => void;
}

function Choosing({ detail, onDone, onProblem }: ChoosingProps): ReactElement {
  const title = useId();
  const choices = choicesOf(detail);
  const [chosen, setChosen] = useState<Choice>();
  const choice = chosen ?? choices[0] ?? 'discard';
  const [typed, setTyped] = useState<string>();
  const text = typed ?? JSON.stringify(detail.data ?? {}, undefined, 2);
  const [reason, setReason] = useState('');
  const [isSending, setIsSending] = useState(false);
  const { doing, label } = choiceWords[choice];
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const complaint = complaintOf(choice, text, reason);
    onProblem(complaint);
    if (complaint !== '' || isSending) return;
    setIsSending(true);
    void decide(detail.message, choice, text, reason.trim())
      .then(() => onDone(choiceWords[choice].done))
      .catch((error: unknown) => onProblem(problemOf(error)))
      .finally(() => {
        setIsSending(false);
        void refresh('/api/quarantine');
        void refresh('/api/exceptions');
      });
  };
  return (
    <form className="card quar-form" aria-labelledby={title} onSubmit={submit}>
      <h2 id={title}>Decide about it</h2>
      <fieldset className="quar-choices">
        <legend className="visually-hidden">What is done about it</legend>
        {choices.map((each) => (
          <label key={each}>
            <input type="radio" name="choice" checked={choice === each} onChange={() => setChosen(each)} />
            <span>
              <strong>{choiceWords[each].label}</strong>
              <span className="small quiet">{choiceWords[each].means}</span>
            </span>
          </label>
        ))}
      </fieldset>
      {choice === 'mended' && (
        <label className="field">
          <span>Its data as they should have been, as JSON</span>
          <textarea className="mono" rows={Math.min(20, text.split('\n').length + 1)} spellCheck={false} value={text} onChange={(event) => setTyped(event.target.value)} />
        </label>
      )}
      <label className="field">
        <span>Why, for the audit</span>
        <textarea rows={2} maxLength={reasonMax} aria-required="true" value={reason} onChange={(event) => setReason(event.target.value)} />
      </label>
      <div>
        <button type="submit" className="button" data-kind="primary" disabled={isSending}>
          {isSending && <LoaderCircle aria-hidden="true" className="exc-turning" />}
          {isSending ? doing : label}
        </button>
      </div>
    </form>
  );
}

function complaintOf(choice: Choice, text: string, reason: string): string {
  const data = choice === 'mended' ? jsonIn(text) : undefined;
  if (data && 'wrong' in data) return `The data are no JSON: ${data.wrong}`;
  return reason.trim() === '' ? 'Say why in a few words: it is kept in the audit.' : '';
}

async function decide(message: string, choice: Choice, text: string, reason: string): Promise<void> {
  const path = `/api/quarantine/${encodeURIComponent(message)}`;
  const data = choice === 'mended' ? jsonIn(text) : undefined;
  if (choice === 'discard') await post(`${path}/discard`, { reason });
  else await post(`${path}/release`, { reason, ...(data && 'value' in data && { data: data.value }) });
}

function problemOf(error: unknown): string {
  if (!(error instanceof Problem)) throw error;
  return error.code === 'CONFLICT' ? `Somebody else was faster. ${error.message}` : `${error.message} ${error.help}`;
}
