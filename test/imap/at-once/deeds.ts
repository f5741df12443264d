import fc from 'fast-check';

/** Commands of all kinds; those that change something come more often. */
const kinds = {
  APPEND: 4,
  STORE: 5,
  CONDITIONAL: 2,
  EXPUNGE: 3,
  'UID EXPUNGE': 2,
  COPY: 1,
  MOVE: 2,
  REPLACE: 2,
  FETCH: 2,
  BODY: 1,
  CHANGEDSINCE: 1,
  SEARCH: 1,
  NOOP: 2,
  IDLE: 1,
  STATUS: 1,
  SELECT: 2,
  EXAMINE: 1,
  CLOSE: 1,
  UNSELECT: 1,
  VANISH: 2,
} as const;

export type Kind = keyof typeof kinds;

/** One thing that one client does. What the numbers come to depends on what is there then. */
export interface Deed {
  /** Its place among the clients. */
  readonly who: number;
  readonly what: Kind;
  readonly from: number;
  readonly more: number;
  readonly byUid: boolean;
  readonly silent: boolean;
  readonly how: 'add' | 'remove' | 'replace';
  readonly flags: string;
  readonly box: number;
}

const deed = (clients: number): fc.Arbitrary<Deed> =>
  fc.record({
    who: fc.nat(clients - 1),
    what: fc.oneof(...Object.entries(kinds).map(([kind, weight]) => ({ weight, arbitrary: fc.constant(kind as Kind) }))),
    from: fc.nat(11),
    more: fc.nat(4),
    byUid: fc.boolean(),
    silent: fc.boolean(),
    how: fc.constantFrom('add', 'add', 'remove', 'replace'),
    flags: fc.constantFrom('\\Deleted', '\\Deleted', '\\Seen', 'k0', '\\Flagged k1', '\\Deleted k0 k1'),
    box: fc.nat(3).map((n) => (n === 3 ? 1 : 0)),
  });

/** Deeds of several clients that are done at once; mostly one alone. */
export const steps = (clients: number, most: number): fc.Arbitrary<readonly (readonly Deed[])[]> => {
  const one = deed(clients);
  const several = fc.uniqueArray(one, { minLength: 2, maxLength: 3, selector: ({ who }) => who });
  const step = fc.oneof({ weight: 3, arbitrary: fc.array(one, { minLength: 1, maxLength: 1 }) }, { weight: 1, arbitrary: several });
  return fc.array(step, { minLength: 1, maxLength: most, size: 'max' });
};

/** A run as a person reads it. */
export const inWords = (run: readonly (readonly Deed[])[], names: readonly string[]): string =>
  run.map((step) => step.map((one) => `${names[one.who]} ${one.what} ${JSON.stringify({ ...one, who: undefined, what: undefined })}`).join(' while ')).join('\n'); // biome-ignore format: one thought
