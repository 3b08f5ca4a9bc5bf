import { Type } from 'typebox';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { momentOf } from '../../kernel/moment.ts';
import { parse, schema } from '../../kernel/schema.ts';

/** A stretch of time in which something was wrong, as people know afterwards; epoch milliseconds. */
export interface LabelledWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

/** An episode as a backtest found it. `endMs` is undefined where it was open at the end of the data. */
export interface FoundEpisode {
  readonly id: string;
  readonly startMs: number;
  readonly firedMs: number;
  readonly endMs: number | undefined;
}

/** How a rule's episodes agree with what is known. */
export interface Score {
  readonly windows: number;
  /** Windows that some episode overlaps. */
  readonly hit: number;
  readonly episodes: number;
  /** Episodes that overlap no window. */
  readonly falseEpisodes: number;
  /** Episodes that overlap a window, of all; 1 where there is none. */
  readonly precision: number;
  /** Windows that were hit, of all; 1 where there is none. */
  readonly recall: number;
  /** Of each window that was hit: from when the rule first fired in it to its end, milliseconds. */
  readonly leadMs: readonly number[];
}

export function scoreOf(episodes: readonly FoundEpisode[], windows: readonly LabelledWindow[]): Score {
  const overlaps = ({ startMs, endMs }: FoundEpisode, { fromMs, toMs }: LabelledWindow): boolean => startMs <= toMs && (endMs ?? Infinity) >= fromMs;
  const falseEpisodes = episodes.filter((episode) => !windows.some((window) => overlaps(episode, window))).length;
  const first = windows.map((window) => episodes.filter((episode) => overlaps(episode, window)).toSorted((a, b) => a.firedMs - b.firedMs)[0]);
  const leadMs = windows.flatMap(({ toMs }, index) => {
    const episode = first[index];
    return episode ? [toMs - episode.firedMs] : [];
  });
  return {
    windows: windows.length,
    hit: leadMs.length,
    episodes: episodes.length,
    falseEpisodes,
    precision: episodes.length === 0 ? 1 : (episodes.length - falseEpisodes) / episodes.length,
    recall: windows.length === 0 ? 1 : leadMs.length / windows.length,
    leadMs,
  };
}

const pairs = Type.Array(Type.Tuple([Type.String(), Type.String()]));
const jsonShape = schema(Type.Union([pairs, Type.Record(Type.String(), pairs)]));

/**
 * Labelled windows from a text: CSV lines `from,to`, a JSON list of `[from, to]`, or, as the Numenta Anomaly Benchmark writes them, a JSON
 * object of such lists by file, of which the one whose name ends with `ofFile` counts. Raises INPUT_INVALID.
 */
export function readLabels(text: string, ofFile: string): readonly LabelledWindow[] {
  const trimmed = text.trim();
  const listed = /^[[{]/.test(trimmed) ? jsonPairs(trimmed, ofFile) : csvPairs(trimmed);
  return listed.map(([from, to], index) => {
    const window = { fromMs: momentOf(from, `Label ${index + 1}`), toMs: momentOf(to, `Label ${index + 1}`) };
    if (window.toMs >= window.fromMs) return window;
    throw new Fault('INPUT_INVALID', `The label ${index + 1} ends before it begins: ${from} … ${to}.`, { from, to });
  });
}

function csvPairs(text: string): readonly (readonly [string, string])[] {
  const lines = text.split(/\r?\n/).filter((line) => line !== '' && !/^(from|start)\b/i.test(line));
  return lines.map((line) => {
    const [from = '', to = ''] = line.split(',');
    return [from, to];
  });
}

function jsonPairs(text: string, ofFile: string): readonly (readonly [string, string])[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Fault('INPUT_INVALID', `The labels are no JSON: ${messageOf(error)}`, {}, error);
  }
  const told = parse(jsonShape, value, 'The labels');
  if (Array.isArray(told)) return told;
  const found = Object.entries(told).find(([name]) => ofFile !== '' && name.split('/').at(-1) === ofFile);
  if (found) return found[1];
  throw new Fault('INPUT_INVALID', `The labels say nothing of ${ofFile || 'recorded telemetry'}; they are of ${Object.keys(told).length} other files.`, { ofFile });
}
