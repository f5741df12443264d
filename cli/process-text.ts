import type { ProcessName } from '../core/observe/process-facts.ts';

/** Of a task's id as much as tells it from all others that run; JSON has the whole of it. */
const enough = 8;

export const processText = (name: ProcessName): string => (typeof name === 'number' ? String(name) : name.slice(0, enough));

export const processesText = (names: readonly ProcessName[]): string => names.map(processText).join(' ');
