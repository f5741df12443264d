import { existsSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { onAws } from './aws/on-aws.ts';
import { noEndpoint } from './aws/slot-tables.ts';
import { type Edge, openEdge } from './harness/edge.ts';
import { onThisMachine } from './harness/ground.ts';
import { play } from './harness/play.ts';
import { loadScripts } from './harness/script.ts';

const grounds = [
  { on: 'this machine', open: onThisMachine, skip: false },
  { on: 'AWS', open: onAws, skip: noEndpoint },
] as const;

/** Dialogues, each as a file of test/scripts/<protocol>. They share one running edge and leave it as they found it. */
for (const protocol of ['smtp', 'msa', 'pop3', 'imap'] as const) {
  const directory = new URL(`./scripts/${protocol}`, import.meta.url).pathname;
  const scripts = existsSync(directory) ? await loadScripts(directory) : [];

  for (const { on, open, skip } of grounds) {
    describe(`${protocol} dialogues on ${on}`, { skip: scripts.length === 0 ? 'none' : skip }, () => {
      let edge: Edge;
      before(async () => {
        edge = await openEdge({ on: open });
      });
      after(() => edge?.stop());

      for (const [i, script] of scripts.entries()) {
        it(script.name.replaceAll('-', ' '), async () => {
          await edge.reset();
          await edge.addAccount('alice');
          await play(script, protocol, edge, `127.20.${i >> 8}.${(i & 255) + 1}`);
        });
      }
    });
  }
}
