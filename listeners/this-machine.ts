import os from 'node:os';
import { isHostname } from '../core/settings/hostname.ts';
import type { Place } from '../core/settings/setting.ts';
import { isLoopback, parseIp } from '../core/values/network.ts';
import packageFacts from '../package.json' with { type: 'json' };

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
export function memoryOfMachine(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, os.totalmem()) : os.totalmem();
}

const mostForClients = 512 * 1024 * 1024;

/** Octets one process may hold for its clients' messages: a sixteenth of what there is. */
export const memoryForClients = (memory = memoryOfMachine()): number => Math.min(mostForClients, memory / 16);

/** Of Mailweir. A bundle has it in itself. */
export const version = (): string => packageFacts.version;
