import { execFile, execFileSync } from 'node:child_process';

/** @returns why tests that need these programs are skipped, by name; false when all are there */
export function missing(...programs: readonly string[]): string | false {
  const absent = programs.filter((program) => !isThere(program));
  return absent.length === 0 ? false : `not installed: ${absent.join(', ')}`;
}

function isThere(program: string): boolean {
  try {
    execFileSync('/bin/sh', ['-c', `command -v ${program}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a client to its end. stdout is latin1, octet for octet. */
export function client(
  program: string,
  args: readonly string[],
  options: { input?: string | Buffer; env?: Record<string, string>; cwd?: string } = {},
): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(
      program,
      [...args],
      {
        timeout: 120_000,
        maxBuffer: 128 * 1024 * 1024,
        encoding: 'latin1',
        env: { ...process.env, ...options.env },
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, stdout, stderr }),
    );
    child.stdin?.on('error', () => undefined); // a client may close its input early; its exit code tells
    child.stdin?.end(options.input ?? '');
  });
}

/** @throws with all it printed when the client failed */
export async function succeeds(program: string, args: readonly string[], options: Parameters<typeof client>[2] = {}): Promise<string> {
  const { code, stdout, stderr } = await client(program, args, options);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}\n${stdout.slice(-4000)}\n${stderr.slice(-4000)}`);
  return stdout;
}
