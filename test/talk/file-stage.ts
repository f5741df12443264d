import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Modseq } from '../../core/values/uid.ts';
import type { ListedProcess, ProcessDirectory } from '../../platform/aws/talk/process-directory.ts';
import type { MailboxWatchers, TalkAddress } from '../../platform/aws/talk/watchers.ts';

/** The tables of a stage as files, so that several processes of a test share them: one for each process, one for each watcher of a mailbox. */
export function fileStage(
  directory: string,
): ProcessDirectory & MailboxWatchers & { watchersOf(mailbox: string): Promise<readonly TalkAddress[]> } {
  const processes = join(directory, 'processes');
  const rowOf = (mailbox: string): string => join(directory, 'mailboxes', mailbox);
  const namesIn = async (place: string): Promise<readonly string[]> => await readdir(place).catch(() => []);
  const writeIn = async (place: string, name: string, text: string): Promise<void> => {
    await mkdir(place, { recursive: true });
    await writeFile(join(place, name), text);
  };
  return {
    enter: async ({ name, address, key }) => await writeIn(processes, name, JSON.stringify({ name, address, key: key.toString('hex') })),
    leave: async (name) => await rm(join(processes, name), { force: true }),
    all: async () =>
      await Promise.all(
        (await namesIn(processes)).map(async (name): Promise<ListedProcess> => {
          const { address, key } = JSON.parse(await readFile(join(processes, name), 'utf8')) as Record<'address' | 'key', string>;
          return { name, address, key: Buffer.from(key, 'hex') };
        }),
      ),
    register: async (mailbox, at) => {
      await writeIn(rowOf(mailbox), at, '');
      return { modseq: 1n as Modseq };
    },
    unregister: async (mailbox, at) => await rm(join(rowOf(mailbox), at), { force: true }),
    modseqOf: async () => 1n as Modseq,
    watchersOf: async (mailbox) => await namesIn(rowOf(mailbox)),
  };
}
