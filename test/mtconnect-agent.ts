// An MTConnect agent of the tests' own, strict, from the text of the standard (Part 1, REST protocol and response documents); no agent written by others
// is to be had as a package. Imports nothing of ours. Prints its port, then takes one JSON command a line and answers each with what it then holds.
import { createServer, type ServerResponse } from 'node:http';
import { createInterface } from 'node:readline';

interface Item {
  readonly id: string;
  readonly category: 'SAMPLE' | 'EVENT' | 'CONDITION';
  readonly type: string;
  readonly more?: Readonly<Record<string, string>>;
  readonly component?: string;
}

interface Kept {
  readonly sequence: number;
  readonly id: string;
  readonly atMs: number;
  /** `Position`, `Fault`; the observation's own element name. */
  readonly element: string;
  readonly content: string;
  readonly attributes: Readonly<Record<string, string>>;
}

interface Command {
  readonly add?: readonly {
    readonly id: string;
    readonly content?: string;
    readonly element?: string;
    readonly attributes?: Record<string, string>;
    readonly atMs?: number;
    readonly xml?: boolean;
  }[];
  /** Begins anew, with another instance and an empty buffer. */
  readonly restart?: boolean;
  /** Other devices than before. */
  readonly items?: readonly Item[];
  /** What is asked for is answered with this instead, until it is taken back. */
  readonly answer?: { readonly status: number; readonly type: string; readonly body: string } | null;
  /** Streams are not served any more, or again. */
  readonly streams?: boolean;
  /** Whatever is asked for is out of range. */
  readonly full?: boolean;
}

const [, , bufferText = '64', version = '2.3', itemsText = '[]'] = process.argv;
const bufferSize = Number(bufferText);
let items: readonly Item[] = JSON.parse(itemsText) as Item[]; // what the tests write
let instanceId = 1_790_000_001;
let nextSequence = 1;
let buffer: Kept[] = [];
/** What holds now: of a condition, each that is active. */
const current = new Map<string, readonly Kept[]>();
let answer: Command['answer'] = null;
let isStreaming = true;
let isFull = false;
let modelChanged = '2026-09-01T00:00:00Z';
const waiting = new Set<() => void>();
const requests: string[] = [];

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
const attributesOf = (all: Readonly<Record<string, string | number>>): string =>
  Object.entries(all)
    .map(([name, value]) => ` ${name}="${escaped(String(value))}"`)
    .join('');
const pascal = (type: string): string => type.toLowerCase().replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
const first = (): number => buffer[0]?.sequence ?? nextSequence;

function keep(each: NonNullable<Command['add']>[number]): void {
  const item = items.find(({ id }) => id === each.id);
  if (!item) throw new Error(`no data item ${each.id}`);
  const element = each.element ?? (item.category === 'CONDITION' ? 'Normal' : pascal(item.type) + (item.more?.['representation'] === 'TIME_SERIES' ? 'TimeSeries' : ''));
  const content = each.xml === true ? (each.content ?? '') : escaped(each.content ?? '');
  const kept: Kept = { sequence: nextSequence++, id: each.id, atMs: each.atMs ?? Date.now(), element, content, attributes: each.attributes ?? {} };
  buffer.push(kept);
  if (buffer.length > bufferSize) buffer = buffer.slice(-bufferSize);
  const active = item.category === 'CONDITION' ? (current.get(each.id) ?? []) : [];
  const code = kept.attributes['nativeCode'];
  const others = code === undefined || element === 'Unavailable' ? [] : active.filter((one) => one.attributes['nativeCode'] !== code && ['Fault', 'Warning'].includes(one.element));
  const isOver = element === 'Normal' && others.length > 0;
  current.set(each.id, isOver ? others : [...others, kept]);
}

function begin(): void {
  buffer = [];
  current.clear();
  nextSequence = 1;
  for (const { id, category } of items) keep({ id, content: category === 'CONDITION' ? '' : 'UNAVAILABLE', ...(category === 'CONDITION' && { element: 'Unavailable' }) });
}

function document(kind: 'Devices' | 'Streams' | 'Error', header: Readonly<Record<string, string | number>>, body: string): string {
  const root = `MTConnect${kind}`;
  const shared = {
    creationTime: new Date().toISOString(),
    sender: 'test',
    instanceId,
    version,
    bufferSize,
    ...(Number(version) >= 1.7 && { deviceModelChangeTime: modelChanged }),
  };
  const prefix = kind === 'Streams' ? 'm:' : '';
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${prefix}${root} xmlns${prefix && ':m'}="urn:mtconnect.org:${root}:${version}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><${prefix}Header${attributesOf({ ...shared, ...header })}/>${body}</${prefix}${root}>`;
}

function probe(): string {
  const lines = items.map(({ id, category, type, more = {}, component }) => {
    const item = `<DataItems><DataItem${attributesOf({ id, category, type, ...more })}/></DataItems>`;
    return component === undefined
      ? item
      : `<Components><Axes id="axes-${id}"><Components><Linear id="c-${id}" name="${component}">${item}</Linear></Components></Axes></Components>`;
  });
  return document(
    'Devices',
    { assetBufferSize: 8, assetCount: 0 },
    `<Devices><Device id="d" name="mill-3" uuid="u-3"><Description>a &quot;mill&quot;</Description>${lines.join('')}</Device></Devices>`,
  );
}

function streams(observations: readonly Kept[], next: number): string {
  const grouped = { SAMPLE: 'Samples', EVENT: 'Events', CONDITION: 'Condition' } as const;
  // As agents do: by component and category, not by sequence.
  const blocks = items.map(({ id, category, type }) => {
    const own = observations.filter((each) => each.id === id);
    if (own.length === 0) return '';
    const elements = own.map(({ sequence, atMs, element, content, attributes }) => {
      const all = { dataItemId: id, timestamp: new Date(atMs).toISOString(), sequence, ...(category === 'CONDITION' && { type }), ...attributes };
      return `<m:${element}${attributesOf(all)}>${content}</m:${element}>`;
    });
    return `<m:ComponentStream component="Linear" componentId="c-${id}"><m:${grouped[category]}>${elements.join('')}</m:${grouped[category]}></m:ComponentStream>`;
  });
  return document(
    'Streams',
    { nextSequence: next, firstSequence: first(), lastSequence: nextSequence - 1 },
    `<m:Streams><m:DeviceStream name="mill-3" uuid="u-3">${blocks.join('')}</m:DeviceStream></m:Streams>`,
  );
}

const refusal = (code: string, text: string): string => document('Error', {}, `<Errors><Error errorCode="${code}">${escaped(text)}</Error></Errors>`);
const refusedStatus = (): number => (Number(version) >= 2 ? 404 : 200);

/** Observations from a sequence on, and where to go on. Strict: one that is not in the buffer is refused. */
function sample(from: number, count: number): { readonly xml: string; readonly next: number; readonly refused: boolean } {
  if (isFull || count > bufferSize) return { xml: refusal('OUT_OF_RANGE', `'count' must be at most ${bufferSize}`), next: from, refused: true };
  if (from < first() || from > nextSequence) return { xml: refusal('OUT_OF_RANGE', `'from' must be between ${first()} and ${nextSequence}`), next: from, refused: true };
  const found = buffer.filter(({ sequence }) => sequence >= from).slice(0, count);
  const next = (found.at(-1)?.sequence ?? from - 1) + 1;
  return { xml: streams(found, next), next, refused: false };
}

function number(query: URLSearchParams, name: string, usual: number, min: number): number {
  const text = query.get(name);
  if (text === null) return usual;
  if (!/^\d+$/.test(text) || Number(text) < min) throw new Error(`${name} is ${text}`);
  return Number(text);
}

async function stream(response: ServerResponse, query: URLSearchParams): Promise<void> {
  const [count, interval, heartbeat] = [number(query, 'count', 100, 1), number(query, 'interval', 0, 0), number(query, 'heartbeat', 10_000, 1)];
  let from = number(query, 'from', first(), 0);
  let refused = sample(from, count).refused;
  if (refused) {
    send(response, refusedStatus(), 'text/xml', sample(from, count).xml);
    return;
  }
  response.writeHead(200, { 'content-type': 'multipart/x-mixed-replace;boundary=a8e12eced4fb871a', 'transfer-encoding': 'chunked' });
  let gone = false;
  response.on('close', () => {
    gone = true;
    for (const wake of waiting) wake();
  });
  while (!gone && !refused) {
    const page = sample(from, count);
    refused = page.refused;
    const body = Buffer.from(page.xml);
    response.write(`--a8e12eced4fb871a\r\nContent-type: text/xml\r\nContent-length: ${body.length}\r\n\r\n`);
    // In two pieces, as networks do.
    response.write(body.subarray(0, 50));
    response.write(Buffer.concat([body.subarray(50), Buffer.from('\r\n')]));
    from = page.next;
    if (from >= nextSequence) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          waiting.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, heartbeat);
        waiting.add(wake);
      });
    }
    await new Promise((resolve) => setTimeout(resolve, interval));
  }
  response.end();
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type });
  response.end(body);
}

function serve(url: URL, response: ServerResponse): void {
  if (answer) return send(response, answer.status, answer.type, answer.body);
  const { pathname, searchParams: query } = url;
  switch (pathname) {
    case '/probe':
      return send(response, 200, 'text/xml', probe());
    case '/current':
      return send(response, 200, 'text/xml', streams([...current.values()].flat(), nextSequence));
    case '/sample': {
      if (query.has('interval') && isStreaming) return void stream(response, query);
      const page = sample(number(query, 'from', first(), 0), number(query, 'count', 100, 1));
      return send(response, page.refused ? refusedStatus() : 200, 'text/xml', page.xml);
    }
    default:
      return send(response, refusedStatus(), 'text/xml', refusal('UNSUPPORTED', `The request ${pathname} is not supported`));
  }
}

begin();
const server = createServer((request, response) => {
  requests.push(request.url ?? '');
  try {
    serve(new URL(request.url ?? '/', 'http://agent'), response);
  } catch (error) {
    send(response, refusedStatus(), 'text/xml', refusal('INVALID_REQUEST', String(error)));
  }
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${JSON.stringify({ port: typeof address === 'object' && address ? address.port : 0 })}\n`);
});
createInterface(process.stdin)
  .on('line', (line) => {
    const command = JSON.parse(line) as Command; // what the tests write
    if (command.items) {
      items = command.items;
      modelChanged = new Date(Date.parse(modelChanged) + 1_000).toISOString();
    }
    if (command.restart === true) {
      instanceId++;
      server.closeAllConnections();
      begin();
    }
    if (command.answer !== undefined) answer = command.answer;
    if (command.streams !== undefined) isStreaming = command.streams;
    if (command.full !== undefined) isFull = command.full;
    for (const each of command.add ?? []) keep(each);
    for (const wake of waiting) wake();
    process.stdout.write(`${JSON.stringify({ first: first(), next: nextSequence, requests: requests.length })}\n`);
  })
  .on('close', () => process.exit(0));
