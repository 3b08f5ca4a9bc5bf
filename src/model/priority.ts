/** What goes first where something waits: effects for a system, events of an edge for the hub. */
export const priorities = ['high', 'normal', 'low'] as const;
export type Priority = (typeof priorities)[number];

/** The place of what waits among other things that do: 0 goes first. */
export function rankOf({ priority }: { readonly priority?: Priority }): 0 | 1 | 2 {
  return priority === 'high' ? 0 : priority === 'low' ? 2 : 1;
}
