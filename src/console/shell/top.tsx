import { Monitor, Moon, Radio, Search, Sun } from 'lucide-react';
import { useState, type SubmitEvent, type ReactElement } from 'react';
import { useNavigate } from 'react-router';
import { useLiveState } from '../api/live.ts';
import { useNow } from '../words/now.ts';
import { clockTime, zoneName } from '../words/time.ts';
import { usePlant } from './plant.ts';
import { currentTheme, nextTheme } from './theme.ts';

/** Search, whether all is live, and the plant's clock. */
export function Top(): ReactElement {
  return (
    <header className="top">
      <KeySearch />
      <div className="top-end">
        <LiveBadge />
        <PlantClock />
        <ThemeButton />
      </div>
    </header>
  );
}

function KeySearch(): ReactElement {
  const navigate = useNavigate();
  const [key, setKey] = useState('');
  const go = (event: SubmitEvent): void => {
    event.preventDefault();
    const wanted = key.trim();
    if (wanted === '') return;
    void navigate(`/orders/${encodeURIComponent(wanted)}`);
    setKey('');
  };
  return (
    <form className="top-search" role="search" onSubmit={go}>
      <Search aria-hidden="true" />
      <input
        type="search"
        aria-label="Order, batch, shipment or asset"
        placeholder="Order, batch, shipment, asset …"
        value={key}
        maxLength={256}
        autoComplete="off"
        onChange={(event) => setKey(event.target.value)}
      />
    </form>
  );
}

function LiveBadge(): ReactElement {
  const state = useLiveState();
  const words = { connecting: 'Connecting', live: 'Live', lost: 'Not live' }[state];
  return (
    <span className="badge" data-tone={state === 'lost' ? 'waiting' : 'plain'} role="status">
      <Radio aria-hidden="true" />
      {words}
    </span>
  );
}

function PlantClock(): ReactElement {
  const now = useNow();
  const plant = usePlant();
  return (
    <div className="clock">
      <strong>{clockTime(now, plant?.timeZone)}</strong>
      <span>
        {plant?.title ?? 'here'} {zoneName(now, plant?.timeZone)}
      </span>
    </div>
  );
}

const themeIcons = { system: Monitor, light: Sun, dark: Moon };

function ThemeButton(): ReactElement {
  const [theme, setTheme] = useState(currentTheme);
  const Icon = themeIcons[theme];
  return (
    <button type="button" className="icon-button" aria-label={`Theme: ${theme}. Change`} title={`Theme: ${theme}`} onClick={() => setTheme(nextTheme(theme))}>
      <Icon aria-hidden="true" />
    </button>
  );
}
