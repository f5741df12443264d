import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** @returns the messages of a maildir, latin1, with CRLF line ends as they came over the wire */
export async function readMaildir(directory: string): Promise<readonly string[]> {
  const names = await readdir(join(directory, 'new')).catch((): readonly string[] => []); // made with the first message
  const texts = await Promise.all([...names].sort().map((name) => readFile(join(directory, 'new', name), 'latin1')));
  return texts.map((text) => text.replaceAll(/\r?\n/g, '\r\n'));
}

/** @returns a message without its header */
export const bodyOf = (text: string): string => text.slice(text.indexOf('\r\n\r\n') + 4);
