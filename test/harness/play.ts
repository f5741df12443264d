import type { Protocol } from '../../core/values/protocol.ts';
import type { Client } from './client.ts';
import { type Deeds, doDeed } from './deeds.ts';
import type { Edge } from './edge.ts';
import { type Captures, fillIn } from './pattern.ts';
import type { Heard, Said, Script, Step } from './script.ts';

/** How an actor connects, settled before its first line. */
interface Actor {
  protocol: Protocol;
  tls: boolean;
  from: string;
  client?: Client;
}

/**
 * Plays a script. An actor connects at its first line. A `given` is done before anybody speaks.
 * @param from the loopback address actors come from, so that one script's failed logins are not the next one's
 * @throws with file:line, what was wanted, what came, and the transcript
 */
export async function play(script: Script, protocol: Protocol, edge: Edge, from: string): Promise<void> {
  const player = new Player(protocol, edge, from);
  for (const step of [...script.given, ...script.steps]) {
    try {
      await player.take(step);
    } catch (error) {
      // Its message has everything; as a cause the runner would print the dialogue twice.
      throw new Error(`${step.at}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

class Player implements Deeds {
  readonly edge: Edge;
  readonly #protocol: Protocol;
  readonly #from: string;
  readonly #actors = new Map<string, Actor>();
  readonly #captures: Captures = new Map();

  constructor(protocol: Protocol, edge: Edge, from: string) {
    this.#protocol = protocol;
    this.edge = edge;
    this.#from = from;
  }

  async take(step: Step): Promise<void> {
    if (step.kind === 'said') await this.#say(step);
    else if (step.kind === 'heard') await this.#hear(step);
    else await doDeed(step, this);
  }

  actor(name: string): Actor {
    const known = this.#actors.get(name);
    if (known !== undefined) return known;
    const fresh: Actor = { protocol: this.#protocol, tls: false, from: this.#from };
    this.#actors.set(name, fresh);
    return fresh;
  }

  async client(name: string): Promise<Client> {
    const actor = this.actor(name);
    actor.client ??= await this.edge.client(actor.protocol, { tls: actor.tls, from: actor.from, name });
    return actor.client;
  }

  forget(name: string): void {
    delete this.actor(name).client;
  }

  async #say({ actor, text, line }: Said): Promise<void> {
    const client = await this.client(actor);
    const octets = fillIn(text, this.#captures);
    if (line) client.send(octets);
    else client.sendRaw(octets);
  }

  async #hear({ actor, pattern, next }: Heard): Promise<void> {
    const client = await this.client(actor);
    await client.expect(pattern, this.#captures, next ? undefined : mayPass[this.actor(actor).protocol]);
  }
}

const isContinued = (line: string): boolean => /^\d{3}-/.test(line);

/** Lines that may pass before the one a script waits for: what is not the end of an answer. POP3's lines are all waited for. */
const mayPass: Readonly<Record<Protocol, ((line: string) => boolean) | undefined>> = {
  smtp: isContinued,
  msa: isContinued,
  pop3: undefined,
  imap: (line) => !/^(?![*+])\S+ (?:OK|NO|BAD)(?: |$)/.test(line), // a literal's lines pass too
};
