import { readFileSync } from 'node:fs';

/** Time since this machine's boot, the same for all its processes. */
export interface BootClock {
  /** Of this boot; undefined where the system has no such id, and then `now` is the wall clock. */
  readonly boot: string | undefined;
  /** ms; counts suspend and does not follow the wall clock when that is set. */
  now(): number;
}

/** A drift beyond this means that the machine slept or its wall clock was set, ms: only then is the system asked again. */
const drift = 500;

/** Linux tells CLOCK_BOOTTIME in /proc/uptime, in steps of 10 ms. Between looks Node's steady clock counts, which stands still in suspend. */
export function openBootClock(): BootClock {
  const boot = read('/proc/sys/kernel/random/boot_id')?.trim();
  if (boot === undefined || uptime() === undefined) return { boot: undefined, now: () => Date.now() };
  let ahead = (uptime() ?? 0) - steady();
  let wallAhead = Date.now() - steady();
  return {
    boot,
    now: () => {
      const now = steady();
      const wall = Date.now() - now;
      if (Math.abs(wall - wallAhead) > drift) {
        wallAhead = wall;
        ahead = (uptime() ?? ahead + now) - now;
      }
      return Math.floor(now + ahead);
    },
  };
}

const steady = (): number => Number(process.hrtime.bigint()) / 1e6;

function uptime(): number | undefined {
  const seconds = Number.parseFloat(read('/proc/uptime') ?? '');
  return Number.isFinite(seconds) ? seconds * 1000 : undefined;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return undefined;
  }
}
