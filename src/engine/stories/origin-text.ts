import { fieldOf } from './recorded-json.ts';

/** Where the inputs of a decision came from, one line for each source that is known. `from` is as it was recorded. */
export function originTexts(from: unknown): readonly string[] {
  if (typeof from !== 'object' || from === null) return [];
  const bySource = new Map<string, string[]>();
  for (const [name, origin] of Object.entries(from)) {
    const source = [...new Set(sourcesIn(origin))].join(' and ');
    if (source !== '') bySource.set(source, [...(bySource.get(source) ?? []), name]);
  }
  return [...bySource].map(([source, names]) => `${names.join(', ')} from ${source}`);
}

function sourcesIn(origin: unknown): readonly string[] {
  const parts = fieldOf(origin, 'parts');
  if (typeof parts === 'object' && parts !== null) return Object.values(parts).flatMap(sourcesIn);
  const [event, step, system] = [fieldOf(origin, 'event'), fieldOf(origin, 'step'), fieldOf(origin, 'system')];
  if (typeof event === 'string') return [`event ${event}`];
  if (typeof step !== 'string') return [];
  return [typeof system === 'string' && system !== '' ? `${step} (${system})` : step];
}
