import { useEffect, type ReactElement } from 'react';
import type { LandscapeView } from '../../api/landscape.ts';
import type { MeView } from '../../api/sign-in.ts';
import { Problem } from '../api/client.ts';
import { followStream, useHub, useSettled } from '../api/hub-query.ts';
import { openLive } from '../api/live.ts';
import { Failure, Skeleton } from '../parts/notice.tsx';
import { usePlay, type Playing } from '../play/play-state.ts';
import { Frame } from './frame.tsx';
import { SignedOut } from './signed-out.tsx';

/** The whole console: signs in first, then lives. */
export function Console(): ReactElement {
  const me = useHub<MeView>('/api/me');
  // Every time is shown in the plant's zone, which it tells.
  const landscape = useHub<LandscapeView>('/api/landscape');
  const playing = usePlay();
  const isSettled = useSettled(me, landscape, playing);
  if (me.data && isSettled) return <Live me={me.data} playing={playing} />;
  if (me.error instanceof Problem && me.error.status === 401) return <SignedOut />;
  if (me.error) return <Failure error={me.error} />;
  return <Skeleton height={40} label="Lineshaft is being opened" />;
}

function Live({ me, playing }: { readonly me: MeView; readonly playing: Playing }): ReactElement {
  useEffect(() => {
    const stops = [followStream(), openLive()];
    return () => {
      for (const stop of stops) stop();
    };
  }, []);
  return <Frame me={me} playing={playing} />;
}
