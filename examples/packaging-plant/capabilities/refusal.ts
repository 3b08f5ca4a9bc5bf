import { schema, Type, type Static } from 'lineshaft';

const shape = Type.Object({ code: Type.String({ minLength: 1 }), message: Type.String() });

/** Why a system's business rules said no. */
export type Refusal = Static<typeof shape>;
export const refusal = schema(shape);
