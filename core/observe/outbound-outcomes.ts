/** Why an outbound session ended. */
export type OutboundEnd = 'empty' | 'cap' | 'time' | 'stopped' | 'no-slot' | 'failed';

/** What came of an attempt at a row for another server. */
export type OutboundResult = 'delivered' | 'deferred' | 'failed' | 'lost';

/** What came of an attempt to put a copy into a mailbox here; of one that was lost to another process, that one tells. */
export type LocalResult = Exclude<OutboundResult, 'lost'>;
