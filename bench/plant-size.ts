/** The plant of MEM100K: machines that tell a hundred values in one message, every six seconds of event time for ten minutes. */
export const plantSize = { machines: 1_000, values: 100, rounds: 100, stepMs: 6_000, warmRounds: 33 } as const;
