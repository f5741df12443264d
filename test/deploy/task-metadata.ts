import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TaskFacts {
  readonly id: string;
  /** In place of the one it would have in the VPC. */
  readonly address: string;
  /** MiB. */
  readonly memory: number;
}

/** The endpoint that ECS has in every task, as version 4 answers: who it is, and whether it is to go. */
export class TaskMetadata {
  #toStop = false;
  readonly #server: Server;
  readonly #facts: TaskFacts;

  static async open(facts: TaskFacts): Promise<TaskMetadata> {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return new TaskMetadata(server, facts);
  }

  private constructor(server: Server, facts: TaskFacts) {
    this.#server = server;
    this.#facts = facts;
    server.on('request', (request, response) => {
      response.statusCode = request.url === '/v4/task' ? 200 : 404;
      response.end(JSON.stringify(this.#task()));
    });
  }

  get uri(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v4`;
  }

  /** What a deploy or a scale-in does first: nobody signals the task before its targets are deregistered. */
  stopTask(): void {
    this.#toStop = true;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #task(): object {
    const { id, address, memory } = this.#facts;
    return {
      Cluster: 'mailweir',
      TaskARN: `arn:aws:ecs:us-east-1:000000000000:task/mailweir/${id}`,
      DesiredStatus: this.#toStop ? 'STOPPED' : 'RUNNING',
      KnownStatus: 'RUNNING',
      Limits: { CPU: 0.25, Memory: memory },
      Containers: [{ Name: 'listener', Networks: [{ NetworkMode: 'awsvpc', IPv4Addresses: [address] }] }],
      LaunchType: 'FARGATE',
    };
  }
}
