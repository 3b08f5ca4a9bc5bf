// What a counterpart answers: a document, or a refusal whose kind tells business from request from access.

export interface Answer {
  readonly status: number;
  /** Sent as JSON. */
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export function ok(body: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status: 200, body, headers };
}

/** Thrown by a handler: nothing of the call is committed and the caller gets this answer. */
export class Refusal extends Error {
  readonly answer: Answer;
  constructor(answer: Answer, message: string) {
    super(message);
    this.answer = answer;
  }
}

/** The system understood and will not do it: 422, 409 or 412. */
export function refused(status: 409 | 412 | 422, code: string, message: string, facts: Readonly<Record<string, unknown>> = {}): Refusal {
  return new Refusal({ status, body: { kind: 'business', code, message, ...facts } }, message);
}

/** The request itself is wrong; names the field, its value and what is allowed. */
export function invalid(field: string, value: unknown, allowed: string): Refusal {
  const message = `${field} is ${show(value)}; allowed: ${allowed}`;
  return new Refusal({ status: 400, body: { kind: 'request', code: 'INVALID', field, value: value ?? null, allowed, message } }, message);
}

export function requestRefused(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}): Refusal {
  return new Refusal({ status, body: { kind: 'request', code, message }, headers }, message);
}

export function notFound(noun: string, id: string): Refusal {
  return requestRefused(404, 'NOT_FOUND', `there is no ${noun} ${id}`);
}

function show(value: unknown): string {
  const text = value === undefined ? 'missing' : JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
