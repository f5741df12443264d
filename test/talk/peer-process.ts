import type { MailboxId } from '../../core/values/ids.ts';
import { openTalk } from '../../platform/aws/talk/talk.ts';
import { systemClock } from '../../platform/node/clock.ts';
import { answersWith } from '../net/answers.ts';
import { fileStage } from './file-stage.ts';
import { KeptLog } from './memory-stage.ts';

/** A process of a stage whose tables are files: `peer-process.ts DIRECTORY NAME MAILBOX` watches the mailbox, answers, and prints what it hears. */
const [directory = '', name = '', mailbox = ''] = process.argv.slice(2);
const stage = fileStage(directory);
const talk = await openTalk({
  name,
  listen: { host: '127.0.0.1', port: 0 },
  processes: stage,
  watchers: stage,
  clock: systemClock,
  log: new KeptLog(),
  random: Math.random,
});
talk.answer(answersWith({ process: () => [{ process: name, holder: 'H', mayAct: true, sessions: {}, commands: {} }] }));
talk.changes.watch(mailbox as MailboxId, () => process.stdout.write('heard\n'));
process.on('SIGTERM', () => void talk.close().then(() => process.exit(0)));
