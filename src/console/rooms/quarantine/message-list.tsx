import type { ReactElement } from 'react';
import { Link } from 'react-router';
import type { QuarantineView } from '../../../api/quarantine.ts';
import { Instant } from '../../parts/instant.tsx';
import { PlantText } from '../../parts/plant-text.tsx';
import { Status } from '../../parts/status.tsx';
import { holdsWords, stateOf, titleOf } from './quarantine-words.ts';

/** Messages, newest first; each leads to its page. */
export function MessageList({ messages, search }: { readonly messages: readonly QuarantineView[]; readonly search: string }): ReactElement {
  return (
    <ul className="quar-list" aria-label="Messages, newest first">
      {messages.map((message, index) => (
        // The same message may have come several times.
        <MessageRow key={`${message.message} ${message.at} ${index}`} message={message} search={search} />
      ))}
    </ul>
  );
}

function MessageRow({ message, search }: { readonly message: QuarantineView; readonly search: string }): ReactElement {
  const { look, words } = stateOf(message);
  const holds = holdsWords(message);
  return (
    <li>
      <Link className="exc-row" to={`/exceptions/quarantine/${encodeURIComponent(message.message)}${search}`}>
        <span className="exc-row-line">
          <Status status={look}>{words}</Status>
          <strong>{titleOf(message)}</strong>
          <span className="quiet">
            <Instant ms={Date.parse(message.at)} precision="day" />
          </span>
        </span>
        <span className="exc-row-summary">
          <PlantText text={message.reason} />
        </span>
        <span className="exc-row-line quar-row-foot">
          <span>from {message.source === '' ? 'an unknown source' : message.source}</span>
          {holds !== '' && <span className="exc-row-key">{holds}</span>}
        </span>
      </Link>
    </li>
  );
}
