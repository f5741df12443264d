import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { syncsBothWays } from './two-way.ts';

syncsBothWays({
  program: 'mbsync',
  args: (home) => ['-c', join(home, 'mbsyncrc'), 'all'],
  configure: (home, port, user) =>
    writeFile(
      join(home, 'mbsyncrc'),
      `IMAPStore far
Host 127.0.0.1
Port ${port}
User ${user}
Pass wonderland
SSLType None
AuthMechs PLAIN

MaildirStore near
Path ${home}/Mail/
Inbox ${home}/Mail/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Remove Both
Expunge Both
SyncState *
`,
    ),
  renamed: async () => undefined, // what it knows lies in the Maildir itself, and went with it
  doubledByKill: 0,
});
