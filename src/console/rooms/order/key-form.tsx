import { Search } from 'lucide-react';
import { useState, type ReactElement, type SubmitEvent } from 'react';
import { useNavigate } from 'react-router';

const keyMax = 256;

/** Leads to the story of a key. */
export function KeyForm(): ReactElement {
  const navigate = useNavigate();
  const [key, setKey] = useState('');
  const wanted = key.trim();
  const go = (event: SubmitEvent): void => {
    event.preventDefault();
    if (wanted !== '') void navigate(`/orders/${encodeURIComponent(wanted)}`);
  };
  return (
    <form className="order-search" onSubmit={go}>
      <label className="field">
        <span>Order, shipment, item, machine …</span>
        <input type="search" value={key} maxLength={keyMax} autoComplete="off" placeholder="for example PO-4711" onChange={(event) => setKey(event.target.value)} />
      </label>
      <button type="submit" className="button" data-kind="primary" disabled={wanted === ''}>
        <Search aria-hidden="true" />
        Tell its story
      </button>
    </form>
  );
}
