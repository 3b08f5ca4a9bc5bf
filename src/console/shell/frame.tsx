import { Suspense, useEffect, useRef, type ReactElement } from 'react';
import { Link, Route, Routes, useLocation } from 'react-router';
import type { MeView } from '../../api/sign-in.ts';
import { Skeleton } from '../parts/notice.tsx';
import { useLiveState } from '../api/live.ts';
import { PlayBar } from '../play/play-bar.tsx';
import type { Playing } from '../play/play-state.ts';
import { NowRoom } from '../rooms/now/now-room.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import { fetchParts, laterPart } from './later-part.ts';
import { Rail, rooms } from './rail.tsx';
import { StaleNote } from './stale-note.tsx';
import { Top } from './top.tsx';

const LineRoom = laterPart(async () => (await import('../rooms/line/line-room.tsx')).LineRoom);
const OrderRoom = laterPart(async () => (await import('../rooms/order/order-room.tsx')).OrderRoom);
const ExceptionsRoom = laterPart(async () => (await import('../rooms/exceptions/exceptions-room.tsx')).ExceptionsRoom);
const QuarantineRoom = laterPart(async () => (await import('../rooms/quarantine/quarantine-room.tsx')).QuarantineRoom);
const PlantRoom = laterPart(async () => (await import('../rooms/plant/plant-room.tsx')).PlantRoom);
const RulesRoom = laterPart(async () => (await import('../rooms/rules/rules-room.tsx')).RulesRoom);
const FlowRoom = laterPart(async () => (await import('../rooms/flow/flow-room.tsx')).FlowRoom);

/** The first page is drawn and read by then. */
const partsAfterMs = 1_000;

/** Rail, top, room, and the play bar where there is a demo. */
export function Frame({ me, playing: { play, show } }: { readonly me: MeView; readonly playing: Playing }): ReactElement {
  const state = useLiveState();
  useEffect(() => {
    if (state !== 'live') return undefined;
    const timer = setTimeout(() => void fetchParts(), partsAfterMs);
    return () => clearTimeout(timer);
  }, [state]);
  return (
    <div className="shell">
      <a className="button skip" href="#room">
        Skip to the room
      </a>
      {play && (
        <a className="button skip" href="#play">
          Skip to the demo’s buttons
        </a>
      )}
      <Rail me={me} />
      <div className="top-place">
        <Top />
        <StaleNote />
      </div>
      <Room />
      {play && (
        <ErrorBoundary place="play">
          <PlayBar play={play} show={show} />
        </ErrorBoundary>
      )}
    </div>
  );
}

function Room(): ReactElement {
  const place = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  const room = pathname.split('/')[1] ?? '';
  // Whoever listens or uses the keyboard alone comes to the room that was opened.
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) place.current?.focus({ preventScroll: true });
    first.current = false;
    window.scrollTo(0, 0);
  }, [room]);
  useEffect(() => {
    const about = pathname.split('/').slice(2).at(-1);
    const title = rooms.find(({ to }) => to === `/${room}`)?.title ?? 'Lineshaft';
    document.title = about === undefined || about === '' ? `${title} · Lineshaft` : `${shown(about)} · ${title} · Lineshaft`;
  }, [room, pathname]);
  return (
    <main className="room" id="room" ref={place} tabIndex={-1}>
      <ErrorBoundary place={pathname}>
        <Suspense fallback={<Skeleton height={30} />}>
          <Routes>
            <Route path="/" element={<NowRoom />} />
            <Route path="/lines/:line?" element={<LineRoom />} />
            <Route path="/plant/:edge?" element={<PlantRoom />} />
            <Route path="/rules/:name?" element={<RulesRoom />} />
            <Route path="/rules/machines/:machine" element={<RulesRoom />} />
            <Route path="/orders/:key?" element={<OrderRoom />} />
            <Route path="/exceptions/:id?" element={<ExceptionsRoom />} />
            <Route path="/exceptions/quarantine/:message?" element={<QuarantineRoom />} />
            <Route path="/flows/:name?" element={<FlowRoom />} />
            <Route
              path="*"
              element={
                <div className="notice">
                  <h1>There is no such page</h1>
                  <p>
                    <Link to="/">Go to what happens now</Link>
                  </p>
                </div>
              }
            />
          </Routes>
        </Suspense>
      </ErrorBoundary>
    </main>
  );
}

const titleMax = 60;

/** A part of the address as a person reads it. */
function shown(part: string): string {
  try {
    return decodeURIComponent(part).slice(0, titleMax);
  } catch {
    // Not every text that is typed as an address is one.
    return part.slice(0, titleMax);
  }
}
