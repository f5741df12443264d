declare const brand: unique symbol;

/** A primitive that only its own parse function hands out, so that two ids of the same shape can't be mixed up. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
