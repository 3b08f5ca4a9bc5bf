import type { ReactElement } from 'react';

export function OrderRoom(): ReactElement {
  return <h1>Order</h1>;
}
