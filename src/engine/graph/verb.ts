/** What a flow can do with its context. */
export const verbs = ['call', 'attempt', 'post', 'decide', 'sleep', 'waitFor', 'compensate', 'raise'] as const;
export type Verb = (typeof verbs)[number];

/** The kinds of definition that a verb is about. */
export const kindsOfVerb: Readonly<Record<Verb, readonly string[]>> = {
  call: ['capability'],
  attempt: ['capability'],
  post: ['capability'],
  decide: ['decision'],
  sleep: [],
  waitFor: ['contract'],
  compensate: [],
  raise: ['exception'],
};
