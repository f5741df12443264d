import type { Place, Setting } from './setting.ts';

/** @returns the catalogue's own value at this place, before profile and operators */
export const defaultAt = <T>({ default: value }: Setting<T>, place: Place): T =>
  typeof value === 'function' ? (value as (place: Place) => T)(place) : value;
