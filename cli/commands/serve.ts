import type { Command } from '../command.ts';
import { dataOption } from '../command.ts';

export const serveCommand: Command = {
  words: ['serve'],
  args: [],
  options: {
    ...dataOption,
    set: { value: 'NAME=VALUE', multiple: true, doc: 'Set a setting for this run, until somebody sets it while the server runs.' },
    processes: { value: 'N', doc: 'Listener processes on the same data. Default: 1' },
    bind: { value: 'ADDRESS', doc: 'Address to listen on. Default: 127.0.0.1, which only this machine reaches.' },
  },
  summary: 'Run the server until SIGINT or SIGTERM; prints `ready` with the ports.',
  details: 'The first start makes the data directory and the account postmaster@localhost, and prints its password once.',
  notOnStage: 'serve runs on this machine; a stage is served by its tasks on AWS',
  run: async (call) => {
    const { serve } = await import('../serve.ts');
    const option = (name: string): readonly string[] => call.values(name).map((value) => `--${name}=${value}`);
    await serve(['data', 'set', 'processes', 'bind'].flatMap(option));
  },
};
