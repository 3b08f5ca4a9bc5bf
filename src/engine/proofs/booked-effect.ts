/** What of an effect is compared with the books. */
export interface BookedEffect {
  readonly key: string;
  readonly run: string;
  readonly system: string;
  readonly entity: string;
  readonly capability: string;
  readonly status: string;
  readonly isNotification: boolean;
  readonly order: number;
  readonly intendedMs: number;
  /** When it can no longer come about; undefined while it is not over. */
  readonly overMs: number | undefined;
  /** When it was sent first; undefined where that is not known. */
  readonly sentMs: number | undefined;
  /** When its system said that it is done; undefined where it did not. */
  readonly learntMs: number | undefined;
  /** What was asked for, by what it was sent as. */
  readonly inputs: ReadonlyMap<string, unknown>;
  /** How often its own reference is booked, and how often it is by what it is about and when. */
  booked: number;
}
