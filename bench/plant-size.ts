/** The plant of MEM100K: machines that tell a hundred values in one message, every thirty seconds of event time for ten minutes. */
export const plantSize = { machines: 1_000, values: 100, rounds: 20, stepMs: 30_000, warmRounds: 7 } as const;
