import { Type } from 'typebox';

/** Fields that the queries of several routes have. */
export const limit = Type.Integer({ minimum: 1, maximum: 1_000 });
export const name = Type.String({ minLength: 1, maxLength: 256 });
