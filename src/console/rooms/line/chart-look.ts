// The colours and sizes of the chart, from the same tokens as the page.
export interface ChartLook {
  readonly ink: string;
  readonly quiet: string;
  readonly grid: string;
  readonly accent: string;
  readonly envelope: string;
  readonly bad: string;
  readonly badSoft: string;
  readonly ok: string;
  readonly surface: string;
  readonly font: string;
  /** Pixels of a rem. */
  readonly rem: number;
}

/** As the page looks now; read anew when the theme or the size changes. */
export function chartLook(): ChartLook {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  const rem = Number.parseFloat(style.fontSize);
  return {
    ink: token('--ink'),
    quiet: token('--ink-2'),
    grid: token('--line'),
    accent: token('--accent'),
    envelope: token('--accent-soft'),
    bad: token('--bad'),
    badSoft: token('--bad-soft'),
    ok: token('--ok'),
    surface: token('--surface'),
    font: `${0.75 * rem}px ${getComputedStyle(document.body).fontFamily}`,
    rem,
  };
}

/** Calls when the theme is changed, by the reader or by the system. */
export function watchTheme(changed: () => void): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  const chosen = new MutationObserver(changed);
  chosen.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  system.addEventListener('change', changed);
  return () => {
    chosen.disconnect();
    system.removeEventListener('change', changed);
  };
}
