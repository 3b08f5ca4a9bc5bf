/** Called at named points of the durable path, so that a fault test can stop the process exactly there. */
export type Probe = (point: string) => void;

export const noProbe: Probe = () => undefined;
