import type { BodyId } from '../../../core/values/ids.ts';
import { mailBodyKeys } from '../mail-shapes.ts';
import { bodyKeys } from '../table-shapes.ts';

export interface ObjectKeys {
  readonly body: string;
  readonly facts: string;
}

/** A body of mailboxes: its id says so. */
export const isMailBody = (id: BodyId): boolean => id.startsWith(mailBodyKeys.mark);

/** The id under which mailboxes have what was staged under another. */
export const mailBodyId = (staged: string): BodyId => (mailBodyKeys.mark + staged) as BodyId;

export function bodyObjectKeys(id: BodyId): ObjectKeys {
  const keys = isMailBody(id) ? mailBodyKeys : bodyKeys;
  const name = isMailBody(id) ? id.slice(mailBodyKeys.mark.length) : id;
  return { body: keys.body(name), facts: keys.facts(name) };
}
