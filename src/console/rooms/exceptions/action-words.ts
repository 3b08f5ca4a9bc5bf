/** What an action on a case is called, and what it asks for. */
export interface ActionWords {
  readonly label: string;
  /** Shown while it is being sent. */
  readonly doing: string;
  /** Said when it is done. */
  readonly done: string;
  /** What it leads to. */
  readonly means: string;
  /** What the person is asked to say; undefined where nothing is asked for. Whether it can be left out is the hub's word (`needsNote`). */
  readonly asks: string | undefined;
  /** What is filled in: the system's answer, what the flow gets instead of it (may be left out), or what is asked for. */
  readonly form: 'answer' | 'instead' | 'input' | undefined;
}
