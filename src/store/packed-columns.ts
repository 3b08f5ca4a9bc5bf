/**
 * The steps of a run that is done are one row. Four steps are four rows with twelve index entries otherwise, a third of what the store does for a
 * flow, and few of them are ever read again. They are stored in this order of columns, which PostgreSQL goes by where it asks for them.
 */
export const packedColumns = [
  'seq',
  'id',
  'kind',
  'mode',
  'name',
  'issue',
  'done',
  'status',
  'issued_ms',
  'ended_ms',
  'due_ms',
  'system',
  'entity',
  'revision',
  'attempts',
  'input',
  'output',
  'history',
] as const;

/** Steps of a run that are packed; the row of a run with more would be long to read for one of them. */
export const packedMax = 64;
