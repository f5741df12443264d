import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { edgePorts, healthPort, type ListenerName } from '../../platform/aws/edge-ports.ts';
import { anybody } from './cdk.ts';
import { TaskMetadata } from './task-metadata.ts';

const startTime = 60_000; // ms
const kept = 400; // lines of its log

export interface TaskPlace {
  /** What the image is made from. */
  readonly image: string;
  /** The image's command. */
  readonly command: readonly string[];
  /** Of the container, as its task definition has it. */
  readonly environment: Readonly<Record<string, string>>;
  /** MiB, of the task definition. */
  readonly memory: number;
  /** Of the emulator. */
  readonly url: string;
  /** A loopback address of its own, in place of one in the VPC: so that ports are those of the task definition. */
  readonly address: string;
}

/** One task of a service: the image's process, run where the image was built, with the environment of its task definition. */
export class ListenerTask {
  readonly id: string;
  readonly address: string;
  readonly ended: Promise<number | string>;
  readonly log: string[] = [];
  readonly #child: ChildProcess;
  readonly #metadata: TaskMetadata;

  /** @throws with its log when it does not serve in time */
  static async start(place: TaskPlace): Promise<ListenerTask> {
    const id = randomBytes(16).toString('hex');
    const metadata = await TaskMetadata.open({ id, address: place.address, memory: place.memory });
    const task = new ListenerTask(id, place, metadata);
    try {
      await task.#untilHealthy();
    } catch (error) {
      await task.kill();
      throw error;
    }
    return task;
  }

  private constructor(id: string, { image, command, environment, url, address }: TaskPlace, metadata: TaskMetadata) {
    this.id = id;
    this.address = address;
    this.#metadata = metadata;
    const [program, ...words] = command;
    const { PATH } = process.env;
    const around = { PATH, ...anybody, AWS_ENDPOINT_URL: url, ECS_CONTAINER_METADATA_URI_V4: metadata.uri, MAILWEIR_BIND: address };
    this.#child = spawn(program === 'node' ? process.execPath : `${program}`, words, {
      cwd: image,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...environment, ...around },
    });
    this.ended = once(this.#child, 'exit').then(([code, signal]) => code ?? signal);
    for (const stream of [this.#child.stdout, this.#child.stderr])
      if (stream !== null)
        createInterface({ input: stream }).on('line', (line) => {
          this.log.push(line);
          if (this.log.length > kept) this.log.shift();
        });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Where one of its listeners is. */
  at(listener: ListenerName): { readonly host: string; readonly port: number } {
    return { host: this.address, port: edgePorts[listener].container };
  }

  /** As when the machine under it fails: nothing is given back, nobody is told. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
    this.#metadata.close();
  }

  /** As a deploy begins to replace it. */
  wantGone(): void {
    this.#metadata.stopTask();
  }

  /** As ECS ends it. @returns its exit code, or what killed it when it does not end in time */
  async terminate(patience = 30_000): Promise<number | string> {
    this.#child.kill('SIGTERM');
    const late = setTimeout(() => this.#child.kill('SIGKILL'), patience);
    const code = await this.ended;
    clearTimeout(late);
    this.#metadata.close();
    return code;
  }

  /** The balancer's question. */
  async isHealthy(): Promise<boolean> {
    const socket = connect({ host: this.address, port: healthPort });
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(2_000) });
      return true;
    } catch {
      return false;
    } finally {
      socket.destroy();
    }
  }

  async #untilHealthy(): Promise<void> {
    const deadline = performance.now() + startTime;
    while (!(await this.isHealthy())) {
      const over = this.#child.exitCode !== null || this.#child.signalCode !== null;
      if (over || performance.now() > deadline)
        throw new Error(`the task ${over ? 'ended' : 'did not serve in time'}:\n${this.log.join('\n')}`);
      await sleep(100);
    }
  }
}
