import { readFileSync } from 'node:fs';
import os from 'node:os';
import { isHostname } from '../core/settings/hostname.ts';
import type { Place } from '../core/settings/setting.ts';
import { isLoopback, parseIp } from '../core/values/network.ts';

/**
 * @param bind address that all listeners are bound to
 * @param processes that share this machine's memory
 */
export function placeOf(bind: string, processes = 1): Place {
  const ip = parseIp(bind);
  const hostname = os.hostname();
  return {
    world: 'embedded',
    loopbackOnly: ip !== undefined && isLoopback(ip),
    hostname: isHostname(hostname) ? hostname : 'localhost',
    memory: memoryOfMachine() / processes,
  };
}

/** Octets: what there is, within the limits of the container. */
function memoryOfMachine(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, os.totalmem()) : os.totalmem();
}

const mostForClients = 512 * 1024 * 1024;

/** Octets one process may hold for its clients' messages: a sixteenth of what there is. */
export const memoryForClients = (): number => Math.min(mostForClients, memoryOfMachine() / 16);

/** Of Mailweir. */
export function version(): string {
  const { version: text } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  return text;
}
