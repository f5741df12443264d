import { fillBanner } from '../../core/settings/banner.ts';
import { pop3Settings } from '../../core/settings/listeners.ts';
import { serverSettings } from '../../core/settings/server.ts';
import { inPlace } from '../net/command-places.ts';
import { type Connection, ConnectionLost, type Line } from '../net/connection.ts';
import type { LineProtocol, Session } from '../net/session.ts';
import { HandshakeFailed } from '../net/tls-handshake.ts';
import type { Answer, Pop3Context, Pop3Deps } from './context.ts';
import { dispatch } from './dispatch.ts';
import { goodbye, refusalReply } from './refusal-reply.ts';
import { err, type Pop3Reply } from './reply.ts';
import { sendReply } from './send-reply.ts';
import { closing, isLegal, type Pop3State, start } from './state.ts';
import type { Command, Verb } from './wire/command.ts';
import { maxCredentialsLine, parseCommand } from './wire/parse-command.ts';

/** Lines in a row that are no commands, or illegal where they stand, after which nobody sensible is at the other end. */
const mostFaults = 10;

/** The POP3 listener's dialogue (RFC 1939). */
export function createPop3(deps: Pop3Deps): LineProtocol {
  return async (connection, session) => {
    const dialogue = new Dialogue(connection, session, deps);
    session.onEnding(() => connection.interrupt());
    try {
      await dialogue.run();
      connection.end();
    } catch (error) {
      connection.destroy(); // a cut-off answer must not look like a whole one
      if (!(error instanceof ConnectionLost)) throw error;
    } finally {
      dialogue.close();
    }
  };
}

/** Strangers who say no more must not take the places of those who do. */
const waitsForClient: ReadonlySet<Verb> = new Set(['AUTH', 'STLS']);

class Dialogue {
  readonly #connection: Connection;
  readonly #session: Session;
  readonly #deps: Pop3Deps;
  readonly #context: Pop3Context;
  #state: Pop3State = start;
  #faults = 0;

  constructor(connection: Connection, session: Session, deps: Pop3Deps) {
    this.#connection = connection;
    this.#session = session;
    this.#deps = deps;
    this.#context = {
      ...deps,
      session,
      get tls() {
        return connection.tls;
      },
      challenge: () => this.#challenge(),
    };
  }

  async run(): Promise<void> {
    await this.#connection.write(`+OK ${this.#banner()}\r\n`);
    while (this.#state.at !== 'closing') await this.#step();
  }

  /** Whatever ended the session, another may open the maildrop now. */
  close(): void {
    this.#become(closing);
  }

  /** One line and its answer. */
  async #step(): Promise<void> {
    const { ending } = this.#session;
    if (ending !== undefined) return this.#leave({ status: goodbye[ending] });
    const line = await this.#connection.readLine(maxCredentialsLine, this.#idleTimeout());
    if (line.kind === 'interrupted') return;
    if (line.kind === 'too-long') return this.#fault('Line too long');
    // Gone, or idle for too long: closed without a word and without UPDATE (RFC 1939 section 3).
    if (line.kind !== 'line') return this.#become(closing);
    if (!this.#session.mayAct()) return this.#leave({ status: refusalReply({ refused: 'store-unavailable' }) });
    await this.#obey(line.bytes);
  }

  async #obey(line: Uint8Array): Promise<void> {
    const command = parseCommand(line);
    if ('fault' in command) return this.#fault(command.fault);
    if (!isLegal(command.verb, this.#state)) return this.#fault(illegal(command.verb, this.#state));
    this.#session.doing(command.verb);
    const run = async (): Promise<void> => this.#tell(await this.#answer(command));
    if (waitsForClient.has(command.verb)) return await run();
    await inPlace(this.#session, this.#deps, {
      run,
      full: (refusal) => this.#tell([this.#state, { status: refusalReply(refusal) }]),
    });
  }

  async #tell([state, reply]: Answer): Promise<void> {
    this.#faults = 0;
    this.#become(state);
    await sendReply(this.#connection, reply);
    if ('startTls' in reply) await this.#startTls();
  }

  /** A surprise changes nothing: the client may try again. */
  async #answer(command: Command): Promise<Answer> {
    try {
      return await dispatch(command, this.#state, this.#context);
    } catch (error) {
      if (error instanceof ConnectionLost) throw error;
      this.#deps.log.failure('pop3-command-failed', error, { session: this.#session.id, verb: command.verb });
      return [this.#state, err('[SYS/TEMP] Try again later')];
    }
  }

  /** The one place where the state changes. The lock goes before the answer: the client may come again right after its QUIT. */
  #become(state: Pop3State): void {
    if (this.#state.at === 'transaction' && state.at !== 'transaction') this.#state.maildrop.release();
    this.#state = state;
  }

  async #leave(reply: Pop3Reply): Promise<void> {
    this.#become(closing);
    await sendReply(this.#connection, reply);
  }

  async #fault(text: string): Promise<void> {
    this.#faults += 1;
    if (this.#faults >= mostFaults) return this.#leave(err('Too many bad commands'));
    await sendReply(this.#connection, err(text));
  }

  async #startTls(): Promise<void> {
    try {
      await this.#connection.startTls();
    } catch (error) {
      if (!(error instanceof HandshakeFailed)) throw error;
      this.#become(closing); // beyond speech; that a client dislikes our certificate is its own affair
    }
  }

  async #challenge(): Promise<Line> {
    await this.#connection.write('+ \r\n');
    return this.#connection.readLine(maxCredentialsLine, this.#idleTimeout());
  }

  #idleTimeout(): number {
    return this.#deps.settings.get(pop3Settings.idleTimeout) * 1000;
  }

  #banner(): string {
    const { settings, version, clock } = this.#deps;
    const time = new Date(clock.now()).toUTCString().replace('GMT', '+0000');
    return fillBanner(settings.get(pop3Settings.banner), { hostname: settings.get(serverSettings.hostname), version, time });
  }
}

const illegal = (verb: Verb, state: Pop3State): string =>
  state.at === 'authorization' ? `${verb} needs a login first` : `${verb} is not possible after the login`;
