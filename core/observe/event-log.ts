/** Fields of a log event. Never a password, a message text or a raw line of a client; texts from outside are escaped by the log. */
export type EventFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Writes named events (core/observe/events.ts), one JSON line each. */
export interface EventLog {
  event(name: string, fields?: EventFields): void;
  /** A surprise: logged whole, with its causes. */
  failure(name: string, error: unknown, fields?: EventFields): void;
}
