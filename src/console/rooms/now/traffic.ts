// What of the live stream moves on the map, and along which connections.
import type { LiveMessage } from '../../api/live.ts';

/** One way along one connection of the map. */
export interface Leg {
  /** `line:line-1`, `edge:edge-1` or `system:erp`; all lead to the hub's right, away from the plant. */
  readonly connection: string;
  readonly backwards: boolean;
}
export interface Pulse {
  readonly kind: 'event' | 'change' | 'answer';
  /** One after the other. */
  readonly legs: readonly Leg[];
}

/** Steps whose system is remembered, because later messages about them do not repeat it. */
const stepsMax = 500;

/** Follows the stream; answers what each message makes move, undefined for what does not. */
export function trafficReader(lineOf: (asset: string) => string | undefined): (message: LiveMessage) => Pulse | undefined {
  const systemOf = new Map<string, string>();

  function ofStep(data: LiveMessage['data']): Pulse | undefined {
    const id = `${text(data['run'])} ${text(data['step'])}`;
    const given = text(data['system']);
    if (given !== '') {
      systemOf.set(id, given);
      const [oldest] = systemOf.keys();
      if (systemOf.size > stepsMax && oldest !== undefined) systemOf.delete(oldest);
    }
    const system = systemOf.get(id);
    if (system === undefined) return undefined;
    const out = { connection: `system:${system}`, backwards: false };
    const back = { connection: `system:${system}`, backwards: true };
    // A query is recorded when it was answered; an effect when it is sent, and again when it is done.
    if (data['kind'] === 'query') return { kind: 'answer', legs: [out, back] };
    if (data['status'] === 'sent') return { kind: 'change', legs: [out] };
    return data['status'] === 'done' ? { kind: 'answer', legs: [back] } : undefined;
  }

  return ({ kind, data }) => {
    if (kind === 'step') return ofStep(data);
    return kind === 'event' ? ofEvent(text(data['source']), lineOf) : undefined;
  };
}

/** `/edge/NAME/…/ASSET` comes from the plant, `/systems/NAME` from a system's webhook. */
function ofEvent(source: string, lineOf: (asset: string) => string | undefined): Pulse | undefined {
  const [, where, name = '', ...path] = source.split('/');
  if (where === 'systems') return { kind: 'event', legs: [{ connection: `system:${name}`, backwards: true }] };
  if (where !== 'edge') return undefined;
  const line = lineOf(path.at(-1) ?? '');
  const toHub = { connection: `edge:${name}`, backwards: false };
  return { kind: 'event', legs: line === undefined ? [toHub] : [{ connection: `line:${line}`, backwards: false }, toHub] };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
