/** How a column of numbers is written: nothing where it is an arithmetic series, whole steps where it is one of decimals, else as it is. */
export type ColumnForm =
  | { readonly kind: 'series'; readonly start: number; readonly step: number; readonly per: number }
  | { readonly kind: 'steps'; readonly start: number; readonly per: number; readonly width: 1 | 2 | 4 }
  | { readonly kind: 'plain' };

const decimals = [1, 10, 100, 1_000, 10_000] as const;
const wholeMax = 2 ** 52;

/** Writes a column so that it is read back bit by bit. */
export function encodeColumn(values: Float64Array): { readonly form: ColumnForm; readonly bytes: Uint8Array } {
  const per = decimalsOf(values);
  return per === undefined ? { form: { kind: 'plain' }, bytes: shuffled(values) } : encodeWhole(wholeOf(values, per), per);
}

/** How many steps to the unit (1, 10 … 10,000) the values need to be whole numbers of them, each exactly; undefined where that is not enough. */
export function decimalsOf(values: Float64Array): number | undefined {
  return decimals.find((per) => isWhole(values, per));
}

function isWhole(values: Float64Array, per: number): boolean {
  for (const value of values) {
    const scaled = Math.round(value * per);
    if (scaled / per !== value || Math.abs(scaled) > wholeMax || Object.is(value, -0)) return false;
  }
  return true;
}

/** The values as whole numbers of 1/per. */
function wholeOf(values: Float64Array, per: number): Float64Array {
  return values.map((value) => Math.round(value * per));
}

function encodeWhole(whole: Float64Array, per: number): ReturnType<typeof encodeColumn> {
  const start = whole[0] ?? 0;
  const step = (whole[1] ?? start) - start;
  let isSeries = true;
  let largest = 0;
  for (let index = 1; index < whole.length; index++) {
    const difference = (whole[index] ?? 0) - (whole[index - 1] ?? 0);
    isSeries &&= difference === step;
    largest = Math.max(largest, Math.abs(difference));
  }
  if (isSeries) return { form: { kind: 'series', start, step, per }, bytes: new Uint8Array() };
  if (largest > 0x7fff_ffff) return { form: { kind: 'plain' }, bytes: shuffled(whole.map((value) => value / per)) };
  const steps = largest <= 0x7f ? new Int8Array(whole.length) : largest <= 0x7fff ? new Int16Array(whole.length) : new Int32Array(whole.length);
  for (let index = 1; index < whole.length; index++) steps[index] = (whole[index] ?? 0) - (whole[index - 1] ?? 0);
  const width = steps instanceof Int8Array ? 1 : steps instanceof Int16Array ? 2 : 4;
  return { form: { kind: 'steps', start, per, width }, bytes: new Uint8Array(steps.buffer) };
}

/** Reads a column of `count` values from the start of `bytes`; `bytesOf` tells how many it takes. */
export function decodeColumn(form: ColumnForm, bytes: Uint8Array, count: number): Float64Array {
  switch (form.kind) {
    case 'series': {
      const values = new Float64Array(count);
      const { start, step, per } = form;
      if (step === 0) return values.fill(start / per);
      if (per === 1) for (let index = 0; index < count; index++) values[index] = start + index * step;
      else for (let index = 0; index < count; index++) values[index] = (start + index * step) / per;
      return values;
    }
    case 'steps': {
      const copy = new Uint8Array(bytes.subarray(0, bytesOf(form, count))).buffer;
      const steps = form.width === 1 ? new Int8Array(copy) : form.width === 2 ? new Int16Array(copy) : new Int32Array(copy);
      return summed(steps, form.start, form.per);
    }
    case 'plain':
      return unshuffled(bytes, count);
  }
}

function summed(steps: Int8Array | Int16Array | Int32Array, start: number, per: number): Float64Array {
  const values = new Float64Array(steps.length);
  let whole = start;
  for (let index = 0; index < steps.length; index++) {
    whole += steps[index] ?? 0;
    values[index] = whole;
  }
  if (per !== 1) for (let index = 0; index < values.length; index++) values[index] = (values[index] ?? 0) / per;
  return values;
}

export function bytesOf(form: ColumnForm, count: number): number {
  switch (form.kind) {
    case 'series':
      return 0;
    case 'steps':
      return form.width * count;
    case 'plain':
      return 8 * count;
  }
}

/** All first bytes, then all second ones …: exponents and signs stand together, which packs well. */
function shuffled(values: Float64Array): Uint8Array {
  const given = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const taken = new Uint8Array(given.length);
  for (let index = 0; index < values.length; index++) for (let byte = 0; byte < 8; byte++) taken[byte * values.length + index] = given[index * 8 + byte] ?? 0;
  return taken;
}

function unshuffled(bytes: Uint8Array, count: number): Float64Array {
  const values = new Float64Array(count);
  const taken = new Uint8Array(values.buffer);
  for (let byte = 0; byte < 8; byte++) for (let index = 0; index < count; index++) taken[index * 8 + byte] = bytes[byte * count + index] ?? 0;
  return values;
}
