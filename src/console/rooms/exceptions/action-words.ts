/** What an action on a case is called, and what it asks for. */
export interface ActionWords {
  readonly label: string;
  /** Shown while it is being sent. */
  readonly doing: string;
  /** Said when it is done. */
  readonly done: string;
  /** What it leads to. */
  readonly means: string;
  /** What the person must say; undefined where nothing is asked for. */
  readonly asks: string | undefined;
  /** What is filled in: the system's answer, what the flow gets instead of it (may be left out), or what is asked for. */
  readonly form: 'answer' | 'instead' | 'input' | undefined;
}
