// `lineshaft demo`: the main scene told as it happens, and everything up afterwards.
export interface LiveOptions {
  readonly dataDir: string;
  readonly shownDir: string;
  readonly seed: number;
  readonly port: number;
}
export async function playLive(_options: LiveOptions): Promise<void> {}
