import { type Command, dataOption, jsonOption } from '../command.ts';
import { explainOne } from '../explain/one.ts';
import { explainServer } from '../explain/server.ts';
import { parseWhom } from '../explain/subject.ts';
import { withWorld } from '../with-world.ts';

export const explainCommand: Command = {
  words: ['explain'],
  args: [{ name: 'WHOM', optional: true }],
  options: { ...dataOption, ...jsonOption },
  summary: 'Tell who is refused and why: which limits an account, an address or a network meets, who uses them, what was refused.',
  details: `mailweir explain alice@example.org, 203.0.113.9 or 203.0.113.0/24; without WHOM the server as a whole.
In use is what sessions and commands hold; taken may be more: slots kept ready, or left by processes that died.
From is what made the number: default, a profile, set, this run (--set), an override, or a share of the total.`,
  run: async (call) => {
    const [text] = call.args;
    const whom = text === undefined ? undefined : parseWhom(text);
    await withWorld(call, 'fail', (world) =>
      whom === undefined ? explainServer(world, call.has('json')) : explainOne(whom, world, call.has('json')),
    );
  },
};
