import { csvCell } from '../../kernel/csv.ts';
import type { SignalFamily } from '../../model/asset.ts';
import type { FoundTag } from '../../model/source.ts';
import { tagColumns } from '../../model/tag-map.ts';

/** A tag map, drafted line by line from what a source has to offer. */
export interface TagDraft {
  /** The line of the columns. */
  readonly head: string;
  line(found: FoundTag): string;
  counts(): { readonly tags: number; readonly unnamed: number };
}

/** Drafts the tag map of one source. A tag is named after itself and the folder that it lies in, with those further out where the name is another's; what cannot be named so has no signal, and a note that says why. */
export function tagDraft(source: string): TagDraft {
  const taken = new Map<string, string>();
  let [tags, unnamed] = [0, 0];
  return {
    head: tagColumns.join(','),
    line(found) {
      tags++;
      const named = namesOf(found);
      const signal = 'why' in named ? '' : (named.signals.find((name) => !taken.has(name)) ?? '');
      if (signal === '') unnamed++;
      else taken.set(signal, found.address);
      const why = 'why' in named ? named.why : signal !== '' ? undefined : `Its name would be ${named.signals[0]}, which is that of ${taken.get(named.signals[0])}.`;
      const family = signal === '' ? '' : familyOf(found);
      const notes = [why, found.note, ...(signal === '' ? [found.path.join(' / ')] : [])].filter((note) => note !== undefined);
      const cells = [source, found.address, signal, family, found.type ?? '', found.unit ?? '', '', '', '', '', notes.join(' ')];
      return cells.map(csvCell).join(',');
    },
    counts: () => ({ tags, unnamed }),
  };
}

/** Folders within a machine, as PackML (OPC 30050) and Machinery (OPC 40001) have them, and the ends of topics: the machine is further out. */
const groups = new Set('status admin base-state-machine machine-state execute-state monitoring components telemetry data values measurements metrics sensors'.split(' '));

/** The names that it may have, the shortest first. */
function namesOf({ path, type }: FoundTag): { readonly signals: readonly [string, ...string[]] } | { readonly why: string } {
  if (type === undefined) return { why: 'It has no value of which the type could be told.' };
  if (path.length < 2) return { why: 'It lies in no folder that could be its asset.' };
  let at = path.length - 2;
  while (at > 0 && groups.has(kebab(path[at] ?? ''))) at--;
  const assetFrom = (outermost: number): string => kebab(path.slice(outermost, at + 1).join('-'));
  const within = path.slice(at + 1).filter((name) => !groups.has(kebab(name)));
  const of = kebab(within.join('-'));
  if (!assetFrom(at) || !of) return { why: 'Its names have no letters that a name is made of.' };
  const longer = Array.from({ length: at }, (_, further) => `${assetFrom(at - further - 1)}.${of}`);
  return { signals: [`${assetFrom(at)}.${of}`, ...longer] };
}

/** `OilTemp_2` becomes `oil-temp-2`. */
function kebab(name: string): string {
  return name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
}

function familyOf({ path, type, unit }: FoundTag): SignalFamily {
  const name = path.at(-1) ?? '';
  if (unit !== undefined && ['Cel', 'K', '[degF]'].includes(unit)) return 'temperature';
  if (/vibration|rms/i.test(name)) return 'vibration';
  if (/temp/i.test(name) && type === 'number') return 'temperature';
  if (/downtime|stop.?time/i.test(name)) return 'downtime';
  if (/state|mode|status/i.test(name)) return 'state';
  if (/rate|throughput|speed/i.test(name) && type === 'number') return 'throughput';
  if (/count|total|produced|processed|scrap/i.test(name) && type === 'number') return 'counter';
  return 'context';
}
