import { existsSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { type Edge, openEdge } from './edge.ts';
import type { OpenGround } from './ground.ts';
import { play } from './play.ts';
import { loadScripts } from './script.ts';

export interface DialoguesPlace {
  readonly name: string;
  readonly skip: string | false;
  readonly on: OpenGround;
}

/** Dialogues, each as a file of test/scripts/<protocol>. Those of a protocol share one running edge, one after the other, and leave it as they found it. */
export async function dialoguesOn({ name, skip, on }: DialoguesPlace): Promise<void> {
  for (const protocol of ['smtp', 'msa', 'pop3', 'imap'] as const) {
    const directory = new URL(`../scripts/${protocol}`, import.meta.url).pathname;
    const scripts = existsSync(directory) ? await loadScripts(directory) : [];

    describe(`${protocol} dialogues on ${name}`, { skip: scripts.length === 0 ? 'none' : skip }, () => {
      let edge: Edge;
      before(async () => {
        edge = await openEdge({ on });
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
