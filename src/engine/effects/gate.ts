/** What a lane lets through, besides what the system itself can take. */
export interface Gate {
  readonly posts: boolean;
  readonly calls: boolean;
  /** Whether it holds also while the system is down, when one call at a time tries whether it is back. */
  readonly firm: boolean;
  /** Why it does not let everything through, e.g. `paused by maria: stocktaking`. */
  readonly why: string;
}

export const openGate: Gate = { posts: true, calls: true, firm: false, why: '' };
