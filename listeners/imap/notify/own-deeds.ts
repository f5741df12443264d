import { keptName } from '../list-line.ts';
import type { Command } from '../wire/command.ts';

/** What a client has done itself and need not be told of (RFC 5465 section 5), until its effects were looked at once. */
export class OwnDeeds {
  #names: ((name: string) => boolean)[] = [];
  readonly #entries = new Set<string>();

  get isEmpty(): boolean {
    return this.#names.length === 0 && this.#entries.size === 0;
  }

  /** A command that was done. @returns that it changed names or annotations */
  note(command: Command): boolean {
    if (command.verb === 'SETMETADATA') {
      for (const { entry } of command.changes) this.#entries.add(keyOf(keptName(command.mailbox), entry));
      return true;
    }
    const concerns = namesConcerned(command);
    if (concerns === undefined) return false;
    this.#names.push(concerns);
    return true;
  }

  changedName(name: string): boolean {
    return this.#names.some((concerns) => concerns(name));
  }

  /** @param name empty: of the server */
  setEntry(name: string, entry: string): boolean {
    return this.#entries.has(keyOf(name, entry));
  }

  forget(): void {
    this.#names = [];
    this.#entries.clear();
  }
}

const keyOf = (name: string, entry: string): string => `${name}\0${entry}`;

const isOrBelow = (name: string, top: string): boolean => name === top || name.startsWith(`${top}/`);

/** Levels above count too: they are made with a name, or lose their last one. */
const onTheWay = (name: string, to: string): boolean => isOrBelow(to, name);

function namesConcerned(command: Command): ((name: string) => boolean) | undefined {
  switch (command.verb) {
    case 'CREATE':
    case 'DELETE': {
      const made = keptName(command.mailbox).replace(/\/$/, '');
      return (name) => onTheWay(name, made);
    }
    case 'RENAME': {
      const ends = [keptName(command.from), keptName(command.to)];
      return (name) => ends.some((end) => isOrBelow(name, end) || onTheWay(name, end));
    }
    case 'SUBSCRIBE':
    case 'UNSUBSCRIBE':
    case 'SETACL':
    case 'DELETEACL': {
      const changed = keptName(command.mailbox);
      return (name) => name === changed;
    }
    default:
      return undefined;
  }
}
