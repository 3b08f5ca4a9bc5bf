import type { ReactElement } from 'react';
import { KeyForm } from './key-form.tsx';
import { RecentKeys } from './recent-list.tsx';

/** Without a key: how to find one, and which were seen lately. */
export function OrderSearch(): ReactElement {
  return (
    <div className="order">
      <header className="order-head order-ask">
        <h1>What happened to an order?</h1>
        <p className="order-lead">
          Type the number of an order, a shipment, a purchase order, an item or a machine. You get everything that happened to it, why, and whether every system knows the same.
        </p>
      </header>
      <KeyForm />
      <RecentKeys />
    </div>
  );
}
