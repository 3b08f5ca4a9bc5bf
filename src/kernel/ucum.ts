// The codes of units, case-sensitive: The Unified Code for Units of Measure (UCUM) 2.2, §§3–19 for the grammar, its tables for the atoms.

/** Atoms that take a metric prefix. */
const metricAtoms = words(
  'm s g rad K C cd mol sr Hz N Pa J W A V F Ohm S Wb Cel T H lm lx Bq Gy Sv l L ar t bar u eV pc st kat U B Np bit By Bd cal erg dyn P St Mx G Oe Gb Gal R Ci RAD REM Ky Lmb sb ph tex',
);
/** Atoms that stand as they are. */
const plainAtoms = words("10* 10^ % ' '' deg gon min h d a a_t a_j a_g wk mo mo_s mo_j mo_g AU atm circ sph meq osm");
const prefixes = words('Y Z E P T G M k h da d c m u n p f a z y Ki Mi Gi Ti');
/** Customary units and constants, e.g. `[in_i]`, `[degF]`, `[psi]`: known by their form alone. */
const bracketed = /^\[[A-Za-z0-9_'.*^%#]+\](?:_(?:br|us|i|av|ap|tr))?$/;

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(' '));
}

/**
 * Why `code` is no UCUM code, e.g. `"Celsius" is no unit of UCUM`; undefined where it is one. `1` is no unit, `%` percent,
 * `{pack}/min` packs per minute: what stands in braces is counted, and means nothing to arithmetic.
 */
export function ucumProblem(code: string): string | undefined {
  if (code === '') return 'it is empty';
  const odd = /[^\x21-\x7e]/.exec(code);
  if (odd) return `${JSON.stringify(odd[0])} stands in no code`;
  const reader = { code, at: 0 };
  const problem = mainTerm(reader);
  if (problem !== undefined) return problem;
  return reader.at === code.length ? undefined : `${JSON.stringify(code.slice(reader.at))} is left over`;
}

interface Reader {
  readonly code: string;
  at: number;
}

function mainTerm(reader: Reader): string | undefined {
  if (reader.code[reader.at] === '/') reader.at += 1;
  for (;;) {
    const problem = component(reader);
    if (problem !== undefined) return problem;
    const next = reader.code[reader.at];
    if (next !== '.' && next !== '/') return undefined;
    reader.at += 1;
  }
}

/** A term in parentheses, a unit with its exponent and annotation, an annotation alone, or a factor. */
function component(reader: Reader): string | undefined {
  const { code } = reader;
  if (code[reader.at] === '(') {
    reader.at += 1;
    const problem = mainTerm(reader);
    if (problem !== undefined) return problem;
    if (code[reader.at] !== ')') return 'a ")" is missing';
    reader.at += 1;
    return undefined;
  }
  const [found = ''] = /^(?:10[*^]|(?:\[[^\]]*\]|[^.()/{}[\]+\-0-9*^])+(?:\[[^\]]*\])?|)/.exec(code.slice(reader.at)) ?? [];
  const factor = found === '' ? (/^\d+/.exec(code.slice(reader.at))?.[0] ?? '') : '';
  reader.at += found.length + factor.length;
  if (found !== '') {
    if (!isUnit(found)) return `${JSON.stringify(found)} is no unit of UCUM`;
    reader.at += /^[+-]?\d+/.exec(code.slice(reader.at))?.[0].length ?? 0;
  }
  const note = /^\{[^{}]*\}/.exec(code.slice(reader.at))?.[0] ?? '';
  reader.at += note.length;
  if (found === '' && factor === '' && note === '') return reader.at >= code.length ? 'a unit is missing at its end' : `${JSON.stringify(code.slice(reader.at))} begins no unit`;
  return undefined;
}

function isUnit(text: string): boolean {
  if (metricAtoms.has(text) || plainAtoms.has(text) || bracketed.test(text)) return true;
  for (const length of [1, 2]) {
    const rest = text.slice(length);
    // Customary units with a prefix (`m[H2O]`) are metric where UCUM says so; their table is not carried here.
    if (prefixes.has(text.slice(0, length)) && (metricAtoms.has(rest) || bracketed.test(rest))) return true;
  }
  return false;
}

/** `480 pack` of 480 and `{pack}`: a quantity for a terminal. */
export function quantityText(value: number | string, code = '1'): string {
  return code === '1' ? String(value) : `${value} ${code.replaceAll(/[{}]/g, '')}`;
}
