import { Type, type Static } from 'typebox';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { schema } from '../../kernel/schema.ts';
import type { EdgeStore } from '../../store/edge-store.ts';

const noticeSource = Type.Object({
  /** One occurrence; told again and again, it is one case at the hub. */
  id: Type.String({ minLength: 1, maxLength: 128 }),
  kind: Type.Union([
    Type.Literal('buffer-full'),
    Type.Literal('release-refused'),
    Type.Literal('certificate-expires'),
    Type.Literal('name-taken'),
    Type.Literal('source-closed'),
    Type.Literal('output-closed'),
  ]),
  sinceMs: Type.Number(),
  untilMs: Type.Optional(Type.Number()),
  /** A sentence without its full stop. */
  text: Type.String({ maxLength: 2_000 }),
  /** What the owner can do. */
  advice: Type.String({ maxLength: 2_000 }),
});

/** Something at an edge that its owner has to know of, also where the hub was out of reach when it happened. */
export type EdgeNotice = Static<typeof noticeSource>;

/** As edges send them, and as they are kept; the newest last. */
export const noticesMax = 20;
export const noticesSource = Type.Array(noticeSource, { maxItems: noticesMax });
const kept = schema(noticesSource);

/** What the owners of an edge have to know: durable, told with the status until the edge forgets it for newer ones. */
export interface NoticeBoard {
  /** Puts a notice up, or changes the one with this id. */
  put(notice: EdgeNotice): void;
  /** What the notice with this id tells is over; nothing happens where there is none, or it was over before. `text` is a sentence without its full stop. */
  end(id: string, untilMs: number, text: string): void;
  all(): readonly EdgeNotice[];
  close(): Promise<void>;
}

const noteName = 'notices';

export async function noticeBoard({
  store,
  log,
}: {
  readonly store: Pick<EdgeStore, 'note' | 'setNote'>;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
}): Promise<NoticeBoard> {
  let notices = read(await store.note(noteName));
  let writing: Promise<void> = Promise.resolve();
  let isWritten = true;

  async function write(): Promise<void> {
    const text = JSON.stringify(notices);
    try {
      await store.setNote(noteName, text);
      isWritten = text === JSON.stringify(notices);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      log(`The edge's store could not take a notice (${messageOf(error)}); it is told and kept in memory, and written with the next one.`);
    }
  }

  function save(): void {
    isWritten = false;
    writing = writing.then(write);
  }

  function put(notice: EdgeNotice): void {
    if (!notices.some(({ id }) => id === notice.id)) log(`${notice.text}.`, { notice: notice.kind, urgent: true });
    notices = [...notices.filter(({ id }) => id !== notice.id), notice].slice(-noticesMax);
    save();
  }

  return {
    put,
    end(id, untilMs, text) {
      const open = notices.find((each) => each.id === id);
      if (open && open.untilMs === undefined) put({ ...open, untilMs, text });
    },
    all: () => notices,
    async close() {
      if (!isWritten) save();
      await writing;
    },
  };
}

function read(text: string | undefined): readonly EdgeNotice[] {
  const found: unknown = text === undefined ? [] : JSON.parse(text);
  return kept.check(found) ? found : [];
}
