/** What planning has agreed on. A decision reads nothing but its inputs and this; a change here is a new version of the decisions. */
export const shortagePolicy = {
  /** A shortage up to this share of what customers want is left to the shift. */
  toleranceShare: 0.02,
  /** From the last pack to a loaded truck. */
  handlingMinutes: 30,
  /** Dock appointments begin at multiples of this. */
  dockGridMinutes: 30,
  /** No plan looks further than this. */
  horizonMinutes: 7 * 24 * 60,
} as const;
