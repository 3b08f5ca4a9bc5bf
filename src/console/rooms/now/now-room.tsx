import './now.css';
import type { ReactElement } from 'react';
import { Figures } from './figures.tsx';
import { LandscapeMap } from './landscape-map.tsx';
import { Needs } from './needs.tsx';
import { NowHead } from './now-head.tsx';
import { Recent } from './recent.tsx';

/** Is the business in step right now, and what needs me? */
export function NowRoom(): ReactElement {
  return (
    <div className="now">
      <NowHead />
      <LandscapeMap />
      <Figures />
      <Needs />
      <Recent />
    </div>
  );
}
