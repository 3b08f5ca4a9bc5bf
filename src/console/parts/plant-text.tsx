import type { ReactElement } from 'react';
import { useZone } from '../shell/plant.ts';
import { shownText } from '../words/text.ts';
import { dayTime } from '../words/time.ts';

/** A sentence of the hub or of the landscape, with its times in the plant's zone. */
export function PlantText({ text }: { readonly text: string }): ReactElement {
  const zone = useZone();
  return <>{shownText(text, (ms) => dayTime(ms, zone))}</>;
}
