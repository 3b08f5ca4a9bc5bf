/** What a window of a vibration says of its machine. All but `kurtosis` and `crest` are in the signal's unit. */
export interface VibrationFeatures {
  readonly samples: number;
  /** Root mean square. */
  readonly rms: number;
  /** Largest absolute value. */
  readonly peak: number;
  /** Peak ÷ rms; 0 where nothing moved. */
  readonly crest: number;
  /** Fourth moment ÷ square of the second, around the mean: 3 for noise of a normal distribution, 1.5 for a sine; 0 where nothing moved. */
  readonly kurtosis: number;
}

/** The features of one window; undefined of an empty one. */
export function vibrationFeatures(values: ArrayLike<number>): VibrationFeatures | undefined {
  const samples = values.length;
  if (samples === 0) return undefined;
  let peak = 0;
  for (let index = 0; index < samples; index++) peak = Math.max(peak, Math.abs(values[index] ?? 0));
  if (peak === 0) return { samples, rms: 0, peak, crest: 0, kurtosis: 0 };
  // Shares of the peak: their fourth powers neither vanish nor overflow.
  let [sum, squares] = [0, 0];
  for (let index = 0; index < samples; index++) {
    const value = (values[index] ?? 0) / peak;
    sum += value;
    squares += value * value;
  }
  const mean = sum / samples;
  let [second, fourth] = [0, 0];
  for (let index = 0; index < samples; index++) {
    const square = ((values[index] ?? 0) / peak - mean) ** 2;
    second += square;
    fourth += square * square;
  }
  const share = Math.sqrt(squares / samples);
  return { samples, rms: share * peak, peak, crest: 1 / share, kurtosis: second * second > 0 ? (samples * fourth) / (second * second) : 0 };
}

/** Features of windows side by side, each `spanMs` long from whole multiples of it; times ascending, epoch milliseconds. Empty windows are left out. */
export function vibrationWindows(
  times: ArrayLike<number>,
  values: ArrayLike<number>,
  spanMs: number,
): readonly (VibrationFeatures & { readonly fromMs: number; readonly toMs: number })[] {
  const windows: (VibrationFeatures & { fromMs: number; toMs: number })[] = [];
  for (let first = 0; first < times.length;) {
    const fromMs = Math.floor((times[first] ?? 0) / spanMs) * spanMs;
    let end = first;
    while (end < times.length && (times[end] ?? 0) < fromMs + spanMs) end++;
    const features = vibrationFeatures(Array.from({ length: end - first }, (_, index) => values[first + index] ?? 0));
    if (features) windows.push({ ...features, fromMs, toMs: fromMs + spanMs });
    first = Math.max(end, first + 1);
  }
  return windows;
}
