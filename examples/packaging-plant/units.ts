// What the plant counts and measures in (UCUM). What is counted stands in braces.

/** Of the item: what the line makes and customers order. */
export const pack = '{pack}';
export const packRate = '{pack}/min';
/** Of a component, as its supplier delivers it. */
export const piece = '{piece}';
export const minutes = 'min';
