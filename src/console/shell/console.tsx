import { useEffect, type ReactElement } from 'react';
import type { MeView } from '../../api/sign-in.ts';
import { Problem } from '../api/client.ts';
import { followStream, useHub } from '../api/hub-query.ts';
import { openLive } from '../api/live.ts';
import { Failure, Skeleton } from '../parts/notice.tsx';
import { Frame } from './frame.tsx';
import { SignedOut } from './signed-out.tsx';

/** The whole console: signs in first, then lives. */
export function Console(): ReactElement {
  const me = useHub<MeView>('/api/me');
  if (me.data) return <Live me={me.data} />;
  if (me.error instanceof Problem && me.error.status === 401) return <SignedOut />;
  if (me.error) return <Failure error={me.error} />;
  return <Skeleton height={40} label="Lineshaft is being opened" />;
}

function Live({ me }: { readonly me: MeView }): ReactElement {
  useEffect(() => {
    const stops = [followStream(), openLive()];
    return () => {
      for (const stop of stops) stop();
    };
  }, []);
  return <Frame me={me} />;
}
