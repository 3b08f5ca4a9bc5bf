// What an edge elsewhere recorded, brought here by the hub that it is connected to.
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { RecordingView } from '../../api/recordings.ts';
import { Fault, isFaultCode } from '../../kernel/errors.ts';
import { numberText } from '../../kernel/number-text.ts';
import { askHub, streamFromHub, type AccessOptions } from './hub-access.ts';

export interface FetchedParts {
  readonly access: AccessOptions;
  readonly edge: string;
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  /** Undefined: as the hub's environment says. */
  readonly megabytes: number | undefined;
  readonly kilobytesPerSecond: number | undefined;
}

const lookMs = 300;
const tellMs = 5_000;

/** A file that is removed when this process ends. Raises what the edge or the hub says where there is nothing to fetch. */
export async function fetchedRecording({ access, edge, fromMs, toMs, megabytes, kilobytesPerSecond }: FetchedParts): Promise<string> {
  const told = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : new Date(ms).toISOString());
  const asked = { from: told(fromMs), to: told(toMs), megabytes, kilobytesPerSecond };
  const first = viewOf(await askHub(access, 'POST', `/api/edges/${encodeURIComponent(edge)}/recordings`, asked));
  const path = `/api/recordings/${encodeURIComponent(first.id)}`;
  say(`The hub asks ${edge} for its recording.`);
  const stop = (): void => {
    const over = (): unknown => process.kill(process.pid, 'SIGINT');
    askHub(access, 'POST', `${path}/cancel`, {}).then(over, over);
  };
  process.once('SIGINT', stop);
  const view = await arrived(first, async () => viewOf(await askHub(access, 'GET', path)));
  process.removeListener('SIGINT', stop);
  if (view.status !== 'here')
    throw new Fault(view.trouble && isFaultCode(view.trouble.code) ? view.trouble.code : 'REPLY_BROKEN', view.trouble?.message ?? `It was ${view.status}.`, { edge });
  if (view.begins !== undefined) say(`${edge} has nothing from before ${view.begins} any more.`);
  const dir = mkdtempSync(join(tmpdir(), 'lineshaft-recording-'));
  process.once('exit', () => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, `${edge.replaceAll(/[^\w.-]/g, '_')}.tel`);
  await writeFile(file, await streamFromHub(access, 'GET', `${path}/bytes`));
  say(`${numberText(view.bytes)} bytes of ${edge} are here.`);
  return file;
}

async function arrived(first: RecordingView, look: () => Promise<RecordingView>): Promise<RecordingView> {
  let view = first;
  let toldMs = performance.now();
  while (view.status === 'asked' || view.status === 'coming') {
    await pause(lookMs);
    view = await look();
    if (performance.now() - toldMs < tellMs) continue;
    toldMs = performance.now();
    say(
      view.status === 'asked'
        ? `${view.edge} has not come for it yet.`
        : `${numberText(view.bytes)} of at most ${numberText(view.total ?? view.bytesMax)} bytes are at the hub${rateText(view)}.`,
    );
  }
  return view;
}

function rateText({ bytesPerSecond, bytesPerSecondMax }: RecordingView): string {
  return bytesPerSecond === undefined ? '' : `, ${numberText(bytesPerSecond)} a second of at most ${numberText(bytesPerSecondMax)}`;
}

function say(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}

/** What the hub of this very version tells by its route for it. */
function viewOf(answer: unknown): RecordingView {
  return answer as RecordingView; // as above
}
