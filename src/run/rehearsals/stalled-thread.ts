// Looks where a thread is that does not come back, by the inspector, as a debugger would; it is found by its name.
import { Session } from 'node:inspector';
import { foundPlace, type Frame, type Place } from '../watchdog/found-place.ts';

/** It first tells of every script that it has loaded. */
const answerWithinMs = 5_000;

/** Nothing where it does not answer: native code is not stopped. Afterwards the thread goes on: whoever wants its end ends it. */
export async function placeOf(name: string, landscape: string): Promise<Place> {
  const session = new Session();
  const urls = new Map<string, string>();
  let own: string | undefined;
  const place = await new Promise<Place>((resolve) => {
    const timer = setTimeout(() => resolve({ stack: [] }), answerWithinMs);
    const tell = (id: number, method: string): void =>
      session.post('NodeWorker.sendMessageToWorker', { sessionId: own ?? '', message: JSON.stringify({ id, method }) }, () => undefined);
    session.on('NodeWorker.attachedToWorker', ({ params: { sessionId, workerInfo } }) => {
      // Its number there is another one than the thread's own.
      if (!workerInfo.title.endsWith(` ${name}`)) return;
      own = sessionId;
      tell(1, 'Debugger.enable');
      tell(2, 'Debugger.pause');
    });
    session.on('NodeWorker.receivedMessageFromWorker', ({ params: { sessionId, message } }) => {
      if (sessionId !== own) return;
      const said = saidIn(message);
      if (said.method === 'Debugger.scriptParsed' && said.params.scriptId !== undefined) urls.set(said.params.scriptId, said.params.url ?? '');
      if (said.method !== 'Debugger.paused') return;
      const frames = (said.params.callFrames ?? []).map(({ functionName, location }): Frame => ({
        name: functionName,
        url: urls.get(location.scriptId) ?? '',
        line: location.lineNumber + 1,
        column: (location.columnNumber ?? 0) + 1,
      }));
      clearTimeout(timer);
      resolve(foundPlace(frames, undefined, landscape));
    });
    session.connect();
    session.post('NodeWorker.enable', { waitForDebuggerOnStart: false }, () => undefined);
  });
  // One that is left stopped could not even be ended.
  await new Promise((resolve) => (own === undefined ? resolve(undefined) : session.post('NodeWorker.detach', { sessionId: own }, resolve)));
  session.disconnect();
  return place;
}

/** What of the inspector's protocol is looked at. */
interface Said {
  readonly method?: string;
  readonly params: {
    readonly scriptId?: string;
    readonly url?: string;
    readonly callFrames?: readonly {
      readonly functionName: string;
      readonly location: { readonly scriptId: string; readonly lineNumber: number; readonly columnNumber?: number };
    }[];
  };
}

function saidIn(message: string): Said {
  // V8's own inspector has said it, by its protocol; answers have no params.
  return { params: {}, ...(JSON.parse(message) as Partial<Said>) };
}
