import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** One message where it lies. Two sides hold the same mail when their rows are the same, message by message. */
export interface MailRow {
  readonly mailbox: string;
  /** Its Message-ID without brackets. */
  readonly id: string;
  /** Digest of all its octets. */
  readonly hash: string;
  /** Letters of Maildir, in their order: D(raft) F(lagged) R(eplied) S(een). */
  readonly flags: string;
}

/** @param message latin1 octets, whatever the line ends */
export function mailRow(mailbox: string, message: string, flags: string): MailRow {
  // Synchronizers file their own field while a copy is under way; line ends are each side's own.
  const text = message.replaceAll('\r\n', '\n').replace(/^X-(TUID|OfflineIMAP): .*\n/m, '');
  const id = /^message-id:\s*<(.*)>/im.exec(text)?.[1] ?? '';
  return { mailbox, id, hash: createHash('sha1').update(text, 'latin1').digest('hex').slice(0, 12), flags };
}

const wanted = 'DFRS';
const lettersOf = (flags: Iterable<string>): string =>
  [...flags]
    .filter((flag) => flag !== '' && wanted.includes(flag))
    .sort()
    .join('');

const letters: Readonly<Record<string, string>> = { '\\draft': 'D', '\\flagged': 'F', '\\answered': 'R', '\\seen': 'S' };

/** @returns as STORE wants them */
export const flagsOfLetters = (flags: string): string =>
  Object.entries(letters)
    .filter(([, letter]) => flags.includes(letter))
    .map(([flag]) => flag)
    .join(' ');

/** @param flags as FETCH tells them: `\Seen $Junk` */
export const lettersOfFlags = (flags: string): string => lettersOf(flags.split(' ').map((flag) => letters[flag.toLowerCase()] ?? ''));

/**
 * The octets and flags of every message below a directory of Maildirs, each named by its path.
 * @param read what is to be compared of them
 */
export async function rowsOfMaildirs(root: string, read: (message: string) => string = (message) => message): Promise<readonly MailRow[]> {
  const rows: MailRow[] = [];
  for (const folder of await maildirsBelow(root)) {
    for (const part of ['cur', 'new'])
      for (const name of await readdir(join(root, folder, part))) {
        const message = await readFile(join(root, folder, part, name), 'latin1');
        rows.push(mailRow(folder, read(message), lettersOf(/[:!]2,(\w*)$/.exec(name)?.[1] ?? '')));
      }
  }
  return rows;
}

/** @returns paths relative to the root */
export async function maildirsBelow(root: string): Promise<readonly string[]> {
  const found = await readdir(root, { recursive: true, withFileTypes: true });
  return found.filter((entry) => entry.isDirectory() && entry.name === 'cur').map((entry) => relative(root, entry.parentPath));
}

const inWords = ({ mailbox, id, hash, flags }: MailRow): string => `${mailbox} <${id}> ${hash} ${flags || '-'}`;

/** Message by message, each as often: what is lost, doubled, changed or in the wrong place is told by name. */
export function assertSameMail(actual: readonly MailRow[], expected: readonly MailRow[], where: string): void {
  const count = new Map<string, number>();
  for (const row of expected) count.set(inWords(row), (count.get(inWords(row)) ?? 0) + 1);
  for (const row of actual) count.set(inWords(row), (count.get(inWords(row)) ?? 0) - 1);
  const off = [...count].filter(([, n]) => n !== 0).map(([row, n]) => `${n > 0 ? 'missing' : 'too many'} ${where}: ${row}`);
  assert.deepEqual(off.sort().slice(0, 20), [], `${off.length} differences of ${expected.length} messages`);
}
