/** The schedule as planned; the latest dispatch that is not withdrawn lies over it. */
export interface Slot {
  readonly order: string;
  readonly line: string;
  readonly asset: string;
  readonly item: string;
  readonly slotStart: string;
  readonly slotEnd: string;
  readonly quantity: number;
  readonly produced: number;
  readonly targetRatePerMin: number;
  readonly version: number;
}
