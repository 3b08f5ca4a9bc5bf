import type { ReactElement } from 'react';
import type { AnswerField } from './answer.ts';

interface AnswerFormProps {
  readonly legend: string;
  readonly fields: readonly AnswerField[];
  readonly typed: Readonly<Record<string, string>>;
  readonly onTyped: (typed: Readonly<Record<string, string>>) => void;
}

/** What the system would have answered, or is asked for. */
export function AnswerForm({ legend, fields, typed, onTyped }: AnswerFormProps): ReactElement {
  return (
    <fieldset className="exc-answer">
      <legend>{legend}</legend>
      {fields.map((field) => (
        <label key={field.name} className="field">
          <span>
            {field.label}
            {field.isRequired ? '' : ' (may be left out)'}
          </span>
          <AnswerInput field={field} text={typed[field.name] ?? ''} onText={(text) => onTyped({ ...typed, [field.name]: text })} />
        </label>
      ))}
    </fieldset>
  );
}

function AnswerInput({ field, text, onText }: { readonly field: AnswerField; readonly text: string; readonly onText: (text: string) => void }): ReactElement {
  switch (field.kind) {
    case 'flag':
      return (
        <select value={text} onChange={(event) => onText(event.target.value)}>
          <option value="">no</option>
          <option value="yes">yes</option>
        </select>
      );
    case 'json':
      return <textarea rows={3} className="mono" placeholder="JSON" value={text} onChange={(event) => onText(event.target.value)} />;
    case 'text':
    case 'number':
      return <input type="text" inputMode={field.kind === 'number' ? 'decimal' : 'text'} value={text} autoComplete="off" onChange={(event) => onText(event.target.value)} />;
  }
}
