/** What a worker tells its supervisor. */
export type FromWorker =
  | { readonly kind: 'ready'; readonly ports: Readonly<Record<string, number>> }
  /** It could not start; the text is for people. */
  | { readonly kind: 'failed'; readonly message: string; readonly isRefused: boolean };

/** What the supervisor tells its workers. */
export type ToWorker = 'drain' | 'stop';
