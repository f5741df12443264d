/** RFC 5256, and those of RFC 5957. */
export const sortKeys = ['ARRIVAL', 'CC', 'DATE', 'FROM', 'SIZE', 'SUBJECT', 'TO', 'DISPLAYFROM', 'DISPLAYTO'] as const;

export type SortKey = (typeof sortKeys)[number];

export interface SortCriterion {
  readonly key: SortKey;
  readonly reverse: boolean;
}

/** By the first criterion; where that leaves messages equal, by the next; at last by their order in the mailbox. */
export type SortProgram = readonly SortCriterion[];

/** Of messages (RFC 5256). */
export const threadAlgorithms = ['ORDEREDSUBJECT', 'REFERENCES'] as const;

export type ThreadAlgorithm = (typeof threadAlgorithms)[number];
