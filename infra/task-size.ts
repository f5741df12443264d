import { type Given, oneOf, whole } from './context-values.ts';

/** Of one service: the size of a task in Fargate's units (1,024 are a vCPU; MiB), and how many there are. */
export interface ServiceSize {
  readonly cpu: number;
  readonly memory: number;
  readonly minTasks: number;
  readonly maxTasks: number;
}

/** What Fargate sells: how many MiB may go with a task's CPU units, and in which steps. */
const memoryFor: Readonly<Record<string, { readonly least: number; readonly most: number; readonly step: number }>> = {
  256: { least: 512, most: 2048, step: 512 }, // 1,536 is not sold, and is refused below
  512: { least: 1024, most: 4096, step: 1024 },
  1024: { least: 2048, most: 8192, step: 1024 },
  2048: { least: 4096, most: 16_384, step: 1024 },
  4096: { least: 8192, most: 30_720, step: 1024 },
  8192: { least: 16_384, most: 61_440, step: 4096 },
  16384: { least: 32_768, most: 122_880, step: 8192 },
};
/** A balancer with cross-zone balancing leads to 500 targets, and a task of one service is three of them, of the other four. */
const mostTasks = 70;

/** `smtpCpu`, `smtpMemory`, `smtpMinTasks`, `smtpMaxTasks`, and so of any service. @throws naming the first that is not allowed, and what is */
export function serviceSize(service: string, given: Given): ServiceSize {
  const value = (what: string, otherwise: number): unknown => given(`${service}${what}`) ?? otherwise;
  const cpu = Number(oneOf(`${service}Cpu`, String(value('Cpu', 512)), Object.keys(memoryFor)));
  const minTasks = whole(`${service}MinTasks`, value('MinTasks', 2), [1, mostTasks]);
  return {
    cpu,
    memory: memoryOf(`${service}Memory`, value('Memory', 2 * cpu), cpu),
    minTasks,
    maxTasks: whole(`${service}MaxTasks`, value('MaxTasks', Math.max(10, minTasks)), [minTasks, mostTasks]),
  };
}

function memoryOf(name: string, value: unknown, cpu: number): number {
  const sold = memoryFor[String(cpu)];
  if (sold === undefined) throw new Error(`no task of Fargate has ${cpu} CPU units`);
  const memory = whole(name, value, [sold.least, sold.most]);
  if (memory % sold.step === 0 && !(cpu === 256 && memory === 1536)) return memory;
  throw new Error(`${name} ${memory}: with ${cpu} CPU units Fargate sells ${sold.least} to ${sold.most} MiB in steps of ${sold.step}`);
}
