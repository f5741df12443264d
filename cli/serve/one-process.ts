import { exitAfter } from '../../listeners/exit-after.ts';
import { startProcess } from '../../listeners/main.ts';
import { logSurprises } from '../../platform/node/log-lines.ts';
import { print } from '../output.ts';
import { ses } from '../ses.ts';
import { exitAtLast, onEndSignals } from './end-signals.ts';
import { stderrLog } from './event-log.ts';
import { firstStartText, makeFirstAccount } from './first-start.ts';
import type { ServeOptions } from './options.ts';
import { readyLine } from './ready-line.ts';

/** Serves in this process; ends it when all is closed. */
export async function runOneProcess({ dataDir, bind, overrides }: ServeOptions): Promise<void> {
  const log = stderrLog();
  logSurprises(log);
  const running = await startProcess({ dataDir, bind, overrides, log, metrics: log.line, ses: ses() });
  onEndSignals({
    drain: () => {
      log.event('draining');
      exitAtLast('drain');
      exitAfter(running.drain(), log);
    },
    stop: () => {
      exitAtLast('stop');
      exitAfter(running.stop(), log);
    },
  });
  const first = await makeFirstAccount(running.world);
  if (first !== undefined) print(firstStartText(first, running.ports, { bind, dataDir }));
  print(readyLine(running.ports));
}
