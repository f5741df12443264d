import { execFile } from 'node:child_process';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const program = join(root, 'node_modules/aws-cdk/bin/cdk');
const longest = 300_000; // ms

/** What an image was built from. */
export interface BuiltImage {
  readonly directory: string;
  /** Of docker build. */
  readonly words: readonly string[];
}

export interface CdkPlace {
  /** Emptied by whoever made it. */
  readonly directory: string;
  /** Of the emulator. */
  readonly url: string;
  /** `-c name=value`. */
  readonly context: Readonly<Record<string, string>>;
}

/** The CDK's command line as an operator runs it, pointed at an emulator, with a program in docker's place. */
export class Cdk {
  readonly #place: CdkPlace;

  constructor(place: CdkPlace) {
    this.#place = place;
  }

  /** Makes the templates and all that is uploaded with them. Each command would do it anew; those below take what this made. */
  async synth(): Promise<void> {
    const { context } = this.#place;
    const given = Object.entries(context).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    await this.#run(['synth', '--quiet', ...given, '--output', this.#assembly]);
  }

  async run(...words: readonly string[]): Promise<void> {
    await this.#run([...words, '--app', this.#assembly]);
  }

  /** @throws with all it said when it fails */
  async #run(words: readonly string[]): Promise<void> {
    const call = [program, ...words, '--no-notices', '--no-color', '--ci'];
    const env = { ...withoutAws(process.env), ...(await this.#environment()) };
    try {
      await run(process.execPath, call, { cwd: root, env, timeout: longest, maxBuffer: 2 ** 26 });
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
      throw new Error(`cdk ${words.join(' ')}: ${stdout}${stderr}`, { cause: error });
    }
  }

  async builtImages(): Promise<readonly BuiltImage[]> {
    const lines = (await readFile(this.#orders, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line) as BuiltImage).filter(({ words }) => words[0] === 'build');
  }

  get #assembly(): string {
    return join(this.#place.directory, 'assembly');
  }

  get #orders(): string {
    return join(this.#place.directory, 'docker-orders');
  }

  async #environment(): Promise<Readonly<Record<string, string>>> {
    const { url, directory } = this.#place;
    const docker = join(directory, 'docker');
    await writeFile(docker, `#!/bin/sh\nexec '${process.execPath}' '${join(import.meta.dirname, 'docker-stand-in.ts')}' "$@"\n`);
    await chmod(docker, 0o755);
    return {
      ...anybody,
      PATH: `${dirname(process.execPath)}:${process.env.PATH}`, // the app runs on the `node` that is found first
      AWS_ENDPOINT_URL: url,
      AWS_ENDPOINT_URL_S3: url,
      CDK_HOME: join(directory, 'home'), // it remembers there whose account an access key is of
      CDK_DISABLE_CLI_TELEMETRY: '1',
      CDK_DOCKER: docker,
      DOCKER_ORDERS: this.#orders,
    };
  }
}

/** Credentials that an emulator takes. */
export const anybody = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' } as const;

/** Nothing of an account that whoever runs the tests may have. */
export const withoutAws = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('AWS_')));
