/** Why an outbound session ended. */
export type OutboundEnd = 'empty' | 'cap' | 'time' | 'stopped' | 'no-slot' | 'failed';

/** What came of an attempt at a row for another server. */
export type OutboundResult = 'delivered' | 'deferred' | 'failed' | 'lost';
