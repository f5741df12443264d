import type { MailboxStore } from '../../../core/mailbox/mailbox-store.ts';
import { SelectedMailbox } from '../../../core/mailbox/selected-mailbox.ts';
import type { Mishearing } from './actor.ts';

/** Something that a server could do wrong, done wrong: a store, what a session makes of it, or what it says. */
export interface Fault {
  readonly what: string;
  readonly store?: (real: MailboxStore) => Partial<MailboxStore>;
  /** @returns what it does instead */
  readonly view?: Partial<{ [K in 'advance' | 'expectOwn' | 'uidsOf']: (real: SelectedMailbox[K]) => SelectedMailbox[K] }>;
  readonly mishear?: Mishearing;
}

/** Has all selected mailboxes do it wrong. @returns puts it right */
export function spoilViews({ view = {} }: Fault): () => void {
  const prototype = SelectedMailbox.prototype as unknown as Record<string, (...given: unknown[]) => unknown>;
  const real = { ...Object.fromEntries(Object.keys(view).map((name) => [name, prototype[name]])) };
  for (const [name, wrong] of Object.entries(view)) {
    const right = real[name] as (...given: unknown[]) => unknown;
    prototype[name] = function (this: object, ...given: unknown[]) {
      return (wrong as (real: unknown) => (...given: unknown[]) => unknown)(right.bind(this))(...given);
    };
  }
  return () => Object.assign(prototype, real);
}
