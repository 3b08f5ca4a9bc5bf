/** What somebody is to the hub. A `system` key belongs to one connected application, an `edge` key to one plant gateway. */
export const roles = ['admin', 'operator', 'viewer', 'edge', 'system'] as const;
export type Role = (typeof roles)[number];

/** What can be done at the API. */
export type Right = 'read' | 'request' | 'act' | 'send-events' | 'send-trends' | 'take-commands' | 'take-release' | 'invite' | 'scrape' | 'back-up' | 'backtest';

/** An edge sends, takes its release and the commands for its machines, and reads nothing; a system asks for what it owns; only an admin invites others and takes all of the log away; who acts may also try a rule, which takes the machine's time. */
const rightsOf: Readonly<Record<Role, readonly Right[]>> = {
  admin: ['read', 'request', 'act', 'send-events', 'invite', 'scrape', 'back-up', 'backtest'],
  operator: ['read', 'request', 'act', 'scrape', 'backtest'],
  viewer: ['read', 'scrape'],
  edge: ['send-events', 'send-trends', 'take-commands', 'take-release'],
  system: ['read', 'request', 'send-events'],
};

/** Whether a role may do something. */
export function permits(role: Role, right: Right): boolean {
  return rightsOf[role].includes(right);
}

/** The roles that may do something, for messages and the API's description. */
export function rolesWith(right: Right): readonly Role[] {
  return roles.filter((role) => permits(role, right));
}
