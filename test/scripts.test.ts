import { existsSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { type Edge, openEdge } from './harness/edge.ts';
import { play } from './harness/play.ts';
import { loadScripts } from './harness/script.ts';

/** Dialogues, each as a file of test/scripts/<protocol>. They share one running edge and leave it as they found it. */
for (const protocol of ['smtp', 'msa', 'pop3', 'imap'] as const) {
  const directory = new URL(`./scripts/${protocol}`, import.meta.url).pathname;
  const scripts = existsSync(directory) ? await loadScripts(directory) : [];

  describe(`${protocol} dialogues`, { skip: scripts.length === 0 ? 'none' : false }, () => {
    let edge: Edge;
    before(async () => {
      edge = await openEdge();
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
