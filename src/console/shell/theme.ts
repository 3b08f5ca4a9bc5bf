export type Theme = 'system' | 'light' | 'dark';

const kept = 'lineshaft.theme';
const order: readonly Theme[] = ['system', 'light', 'dark'];

export function currentTheme(): Theme {
  const chosen = document.documentElement.dataset['theme'];
  return chosen === 'light' || chosen === 'dark' ? chosen : 'system';
}

/** The next of system, light, dark; remembered for this browser. */
export function nextTheme(theme: Theme): Theme {
  const next = order[(order.indexOf(theme) + 1) % order.length] ?? 'system';
  if (next === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = next;
  try {
    localStorage.setItem(kept, next);
  } catch {
    // Storage may be forbidden; the choice then holds for this page only.
  }
  return next;
}
