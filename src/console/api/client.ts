// How the console speaks with the hub that served it.

/** A refusal of the hub (RFC 9457), or of the way to it. */
export class Problem extends Error {
  readonly status: number;
  /** The fault's code, e.g. `CONFLICT`; `UNREACHABLE` where no answer came. */
  readonly code: string;
  /** What the reader can do. */
  readonly help: string;
  /** Everything else that the hub said. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(status: number, code: string, message: string, help: string, details: Readonly<Record<string, unknown>>, cause?: unknown) {
    super(message, { cause });
    this.name = 'Problem';
    this.status = status;
    this.code = code;
    this.help = help;
    this.details = details;
  }
}

const answerWithinMs = 15_000;

/** Reads from the hub. Raises Problem. */
export async function get<View>(path: string, signal?: AbortSignal): Promise<View> {
  return ask<View>(path, { method: 'GET' }, signal);
}

/** Asks the hub to do something. Raises Problem. */
export async function post<View>(path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<View> {
  const content = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } };
  return ask<View>(path, { method: 'POST', headers, ...content });
}

async function ask<View>(path: string, init: RequestInit, signal?: AbortSignal): Promise<View> {
  const patience = AbortSignal.timeout(answerWithinMs);
  let response: Response;
  try {
    response = await fetch(path, { ...init, signal: signal ? AbortSignal.any([signal, patience]) : patience });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(0, 'UNREACHABLE', 'The hub does not answer.', 'It is tried again by itself; what is shown is what was known last.', {}, error);
  }
  const text = await response.text();
  const answer = jsonOf(text);
  if (!response.ok) throw problemOf(response.status, answer);
  // The hub that serves this page and the page are of one build, so what a route gives is what its view says.
  return answer as View;
}

function jsonOf(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    // A proxy between may answer in its own words; the status tells.
    return undefined;
  }
}

function problemOf(status: number, answer: unknown): Problem {
  const said: Readonly<Record<string, unknown>> = typeof answer === 'object' && answer !== null ? { ...answer } : {};
  const word = (name: string, otherwise: string): string => {
    const found = said[name];
    return typeof found === 'string' ? found : otherwise;
  };
  return new Problem(status, word('code', `HTTP_${status}`), word('detail', word('title', `The hub answered ${status}.`)), word('help', ''), said);
}
