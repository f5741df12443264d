import { readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { syncsBothWays } from './two-way.ts';

/** Names of its notes, one for each mailbox. */
const noted = (mailbox: string): string => mailbox.replaceAll('/', '.');

syncsBothWays({
  program: 'offlineimap',
  args: (home) => ['-c', join(home, 'offlineimaprc'), '-u', 'basic'],
  configure: (home, port, user) =>
    writeFile(
      join(home, 'offlineimaprc'),
      `[general]
accounts = alice
metadata = ${home}/notes
maxsyncaccounts = 1

[Account alice]
localrepository = near
remoterepository = far

[Repository near]
type = Maildir
localfolders = ${home}/Mail
sep = /

[Repository far]
type = IMAP
remotehost = 127.0.0.1
remoteport = ${port}
remoteuser = ${user}
remotepass = wonderland
ssl = no
starttls = no
maxconnections = 2
`,
    ),
  renamed: async (home, from, to) => {
    for (const side of ['Account-alice/LocalStatus-sqlite', 'Repository-near/FolderValidity', 'Repository-far/FolderValidity']) {
      const names = await readdir(join(home, 'notes', side)).catch(() => []);
      for (const name of names.filter((one) => one === noted(from) || one.startsWith(`${noted(from)}.`)))
        await rename(join(home, 'notes', side, name), join(home, 'notes', side, `${noted(to)}${name.slice(noted(from).length)}`));
    }
  },
  doubledByKill: 2 * 2, // each of its connections may be in the midst of one
});
