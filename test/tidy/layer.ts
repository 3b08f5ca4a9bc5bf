/** The layers of `src/` and what each may import; the first pattern that fits a path names its layer. */
interface Layer {
  readonly name: string;
  readonly of: RegExp;
  readonly sees: readonly string[];
}

const inner = ['kernel', 'model', 'port'];

const layers: readonly Layer[] = [
  { name: 'kernel', of: /^src\/kernel\//, sees: ['kernel'] },
  { name: 'model', of: /^src\/model\//, sees: ['kernel', 'model'] },
  { name: 'registry', of: /^src\/connectors\/index\.ts$/, sees: [...inner, 'adapter'] },
  { name: 'port', of: /^src\/(store|backbone|connectors)\/[^/]+$/, sees: inner },
  { name: 'adapter', of: /^src\/(store|backbone|connectors)\/[^/]+\//, sees: [...inner, 'adapter'] },
  { name: 'engine', of: /^src\/engine\//, sees: [...inner, 'engine'] },
  { name: 'api', of: /^src\/api\//, sees: [...inner, 'engine', 'api'] },
  // Demo and fault matrix play before the simulated systems and ask their verdict; they see nothing of ours.
  { name: 'demo', of: /^src\/run\/(demo|chaos)\//, sees: [...inner, 'registry', 'adapter', 'engine', 'api', 'run', 'demo', 'counterparts'] },
  { name: 'run', of: /^src\/run\//, sees: [...inner, 'registry', 'adapter', 'engine', 'api', 'run', 'demo'] },
  { name: 'cli', of: /^src\/cli(\.ts$|\/)/, sees: [...inner, 'engine', 'api', 'run', 'cli'] },
  { name: 'index', of: /^src\/index\.ts$/, sees: [...inner, 'registry', 'adapter'] },
  { name: 'testing', of: /^src\/testing(\.ts$|\/)/, sees: [...inner, 'registry', 'adapter', 'engine', 'api', 'run', 'index', 'testing'] },
  { name: 'console', of: /^src\/console\//, sees: ['console', 'api'] },
  { name: 'counterparts', of: /^src\/counterparts\//, sees: ['counterparts'] },
];

export function layerOf(path: string): string | undefined {
  return layers.find(({ of }) => of.test(path))?.name;
}

/** Why `from` may not import `to`, both paths under `src/`; undefined where it may. */
export function refusal(from: string, to: string, typeOnly: boolean): string | undefined {
  const [above, below] = [layers.find(({ of }) => of.test(from)), layerOf(to)];
  if (!above || !below) return undefined;
  if (!above.sees.includes(below)) return `${above.name} sees only ${above.sees.join(', ')}`;
  if (above.name === 'console' && below === 'api' && !typeOnly) return 'the console speaks HTTP and imports types only';
  if (above.name === 'adapter' && below !== 'kernel' && below !== 'model') return adapterRefusal(from, to, below);
  if (from.startsWith('src/engine/edge/') && /^src\/engine\/(flows|effects)\//.test(to)) return 'the edge never imports flows or effects';
  return undefined;
}

/** An adapter knows its own port and itself; the stores share their migrations. */
function adapterRefusal(from: string, to: string, below: string): string | undefined {
  const [family, name] = from.split('/').slice(1);
  if (below === 'port') return to.startsWith(`src/${family}/`) ? undefined : 'an adapter sees no port but its own';
  const shared = family === 'store' && to.startsWith('src/store/migrations/');
  return shared || to.startsWith(`src/${family}/${name}/`) ? undefined : 'an adapter sees no other adapter';
}
