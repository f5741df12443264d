import { writeFile } from 'node:fs/promises';
import { describeMetrics } from '../../core/observe/describe-metrics.ts';
import type { Command } from '../command.ts';

export const metricsCommand: Command = {
  words: ['metrics', 'docs'],
  args: [],
  options: { write: { value: 'FILE', doc: 'Write to this file instead of stdout.' } },
  summary: 'Print the description of all metrics (docs/metrics.md).',
  run: async (call) => {
    const file = call.value('write');
    if (file === undefined) process.stdout.write(describeMetrics());
    else await writeFile(file, describeMetrics());
  },
};
