import './order.css';
import type { ReactElement } from 'react';
import { useParams } from 'react-router';
import { OrderSearch } from './order-search.tsx';
import { OrderStory } from './order-story.tsx';

/** What happened to an order, or to anything else that has a business key. */
export function OrderRoom(): ReactElement {
  const { key } = useParams();
  return key === undefined ? <OrderSearch /> : <OrderStory key={key} of={key} />;
}
