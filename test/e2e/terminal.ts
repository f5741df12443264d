import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';

const patience = 60_000; // ms
const rest = 300; // ms

/** A program on a terminal of its own, as a person runs it. */
export interface Terminal {
  press(keys: string): void;
  /**
   * Waits until this shows and nothing more does, and forgets what was shown up to its end.
   * Programs throw away what is typed while they still draw a question: alpine does before it makes a folder.
   */
  shows(text: RegExp): Promise<void>;
  /** Waits for its end. @throws with what it showed last when it failed, or goes on */
  end(): Promise<void>;
  stop(): void;
}

/** @param command a line of the shell */
export function onTerminal(command: string, env: Record<string, string>): Terminal {
  const child = spawn('script', ['-qefc', `stty rows 50 cols 132; exec ${command}`, '/dev/null'], {
    env: { ...process.env, TERM: 'vt100', LANG: 'C.UTF-8', SHELL: '/bin/sh', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let shown = '';
  let last = 0; // ms, when it showed something
  let changed = (): void => undefined;
  child.stdin.on('error', () => undefined); // it may end before it has read all keys
  child.stdout.on('data', (octets: Buffer) => {
    shown += asText(octets.toString('latin1'));
    last = performance.now();
    changed();
  });
  const ended = once(child, 'close').then(([code]) => {
    changed();
    return code as number | null;
  });
  const failure = (what: string): Error => new Error(`${command}: ${what}; it showed ${JSON.stringify(shown.slice(-3000))}`);
  return {
    press: (keys) => void child.stdin.write(keys),
    shows: async (text) => {
      const deadline = AbortSignal.timeout(patience);
      for (let found = text.exec(shown); ; found = text.exec(shown)) {
        if (found !== null) {
          shown = shown.slice(found.index + found[0].length);
          while (performance.now() - last < rest) await setTimeout(rest);
          return;
        }
        if (deadline.aborted || child.exitCode !== null) throw failure(`waited for ${text}`);
        await new Promise<void>((resolve) => {
          changed = resolve;
          deadline.addEventListener('abort', () => resolve());
        });
      }
    },
    end: async () => {
      const late = AbortSignal.timeout(patience);
      late.addEventListener('abort', () => void child.kill('SIGKILL'));
      const code = await ended;
      if (code !== 0) throw failure(`ended with ${code}`);
    },
    stop: () => void child.kill('SIGKILL'),
  };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a terminal is told
const orders = /\x1b(?:\[[0-9;?]*[A-Za-z]|[()][A-Z0-9]|[=>A-Z78])|[\x0e\x0f]/g;
const asText = (octets: string): string => octets.replace(orders, ' ').replaceAll('\0', '');
