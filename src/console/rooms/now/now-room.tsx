import './now.css';
import type { ReactElement } from 'react';
import { Figures } from './figures.tsx';
import { LandscapeMap } from './landscape-map.tsx';
import { Needs } from './needs.tsx';
import { Skeleton } from '../../parts/notice.tsx';
import { NowHead, useHeadlineFacts } from './now-head.tsx';
import { Recent } from './recent.tsx';

/** Is the business in step right now, and what needs me? */
export function NowRoom(): ReactElement {
  const { facts, isSettled } = useHeadlineFacts();
  if (!isSettled) return <Skeleton height={40} />;
  return (
    <div className="now">
      {facts && <NowHead facts={facts} />}
      <LandscapeMap />
      <Figures />
      <Needs />
      <Recent />
    </div>
  );
}
