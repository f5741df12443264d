import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import SMTPConnection, { type SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection';
import { type PeerOffers, parseOffers } from '../../core/delivery/peer-offers.ts';
import { DataLines } from './data-lines.ts';
import { DialogueLines, printable } from './dialogue-lines.ts';

/** What nodemailer keeps to itself and we have to see or use. test/node/mailer-connection.test.ts fails when it no longer works this way. */
interface Inside {
  readonly _socket: Socket;
  readonly _ehloLines?: readonly string[];
  /** Who waits for the next replies, in order. */
  readonly _responseActions: ((reply: string) => void)[];
  readonly _responseQueue: readonly string[];
  _sendCommand(lines: string): void;
  _processResponse(): void;
}

export interface Command {
  readonly line: string;
  /** ms until its reply, counted from the reply before it. */
  readonly patience: number;
}

export interface SentMessage {
  /** Missing when the connection ended without one. */
  readonly reply: string | undefined;
  /** All of the message went out, the last line too: the other side may have taken it. */
  readonly complete: boolean;
}

/**
 * nodemailer's connection up to EHLO, STARTTLS and AUTH. Transactions are ours: its own envelope knows one NOTIFY for all recipients, no
 * time for a single reply, and does not tell whether the end of the message had gone out when a connection broke.
 */
export class MailerConnection extends SMTPConnection {
  readonly dialogue: DialogueLines;
  /** Why the connection ended, when it was not by a reply or by us. */
  fault: string | undefined;
  /** The verb of our last command, before there was one: ''. */
  #asked: () => string;
  #offers: PeerOffers | undefined;

  /** @param heard called with each whole reply */
  constructor(options: SMTPConnectionOptions, heard: () => void) {
    const dialogue = new DialogueLines();
    let asked = '';
    const debug = ({ tnx }: { readonly tnx?: string }, text: string): void => {
      if (tnx === 'client') {
        asked = text.split(' ', 1)[0]?.toUpperCase() ?? '';
        dialogue.ours(text);
      } else if (tnx === 'server') {
        dialogue.theirs(text);
        heard();
      }
    };
    const ignored = (): void => {};
    const logger = { trace: ignored, debug, info: ignored, warn: ignored, error: ignored, fatal: ignored };
    super({ ...options, logger, transactionLog: true });
    this.dialogue = dialogue;
    this.#asked = () => asked;
    this.#processAllAtOnce();
    this.on('error', (error: Error) => {
      this.fault ??= printable(error.message, 300);
    });
  }

  get lastAsked(): string {
    return this.#asked();
  }

  get offers(): PeerOffers {
    this.#offers ??= parseOffers(this.#inside._ehloLines ?? []);
    return this.#offers;
  }

  /** TLS with a certificate that somebody we trust gave to this name. */
  get verified(): boolean {
    return this.secure && (this.#inside._socket as TLSSocket).authorized === true;
  }

  breakOff(fault: string): void {
    this.fault ??= fault;
    this.close();
  }

  /**
   * Sends commands in one write.
   * @returns their replies, in order; fewer when the connection ended before, be it by a 421, which is the last one then
   */
  exchange(commands: readonly Command[]): Promise<readonly string[]> {
    if (this.destroyed) return Promise.resolve([]);
    return new Promise((resolve) => {
      const replies: string[] = [];
      let timer: NodeJS.Timeout | undefined;
      const waitForNext = (): void => {
        const next = commands[replies.length];
        if (next !== undefined) timer = setTimeout(() => this.breakOff(tooLate(next)), next.patience);
      };
      const finish = (): void => {
        clearTimeout(timer);
        this.removeListener('end', finish);
        resolve(replies);
      };
      const heard = (reply: string): void => {
        clearTimeout(timer);
        replies.push(reply);
        if (replies.length === commands.length) finish();
        else waitForNext();
      };
      this.once('end', finish);
      waitForNext();
      for (const _ of commands) this.#inside._responseActions.push(heard);
      this.#inside._sendCommand(commands.map(({ line }) => line).join('\r\n'));
    });
  }

  /**
   * Sends a message behind 354, as fast as the other side takes it. A reply before the end ends the connection: nothing was taken then.
   * @param patience ms in which the other side must take what it was sent, and answer at the end
   * @throws what `source` throws; the connection is closed then, because a message can't be ended half
   */
  async sendMessage(source: AsyncIterable<Uint8Array>, patience: { readonly block: number; readonly last: number }): Promise<SentMessage> {
    const socket = this.#inside._socket;
    const answer = this.#answer();
    const lines = new DataLines();
    let sent = 0;
    let complete = false;
    const write = async (octets: Buffer): Promise<void> => {
      sent += octets.length;
      if (!socket.write(octets)) await this.#drained(socket, answer.over, patience.block);
    };
    try {
      let held: Buffer | undefined;
      for await (const chunk of source) {
        if (held !== undefined && held.length > 0) await write(held);
        if (answer.isOver()) break;
        held = lines.write(chunk);
      }
      if (answer.isOver()) {
        this.dialogue.ours(`(${sent} octets of the message)`);
        this.breakOff('a reply before the end of the message');
        return { reply: answer.reply(), complete };
      }
      const last = [held ?? Buffer.alloc(0), lines.end()];
      socket.cork();
      for (const octets of last) socket.write(octets, (error) => (complete = error == null));
      socket.uncork();
      this.dialogue.ours(`(message, ${sent + last.reduce((sum, { length }) => sum + length, 0)} octets)`);
    } catch (error) {
      this.breakOff('the message could not be read');
      throw error;
    }
    const timer = setTimeout(() => this.breakOff(`no reply to the message within ${patience.last / 1000} s`), patience.last);
    await answer.over;
    clearTimeout(timer);
    return { reply: answer.reply(), complete };
  }

  /**
   * The package takes one reply each turn of the event loop, and forgets those that wait when the other side closes behind them. Replies
   * that nobody waits for yet are left to it: whoever is to get them comes with what this reply set going.
   */
  #processAllAtOnce(): void {
    const inside = this.#inside;
    const processOne = inside._processResponse.bind(this);
    inside._processResponse = () => {
      let before: number;
      do {
        before = inside._responseQueue.length;
        processOne();
      } while (inside._responseActions.length > 0 && inside._responseQueue.length > 0 && inside._responseQueue.length < before);
    };
  }

  get #inside(): Inside {
    return this as unknown as Inside;
  }

  /** The next reply, or the end of the connection. */
  #answer(): { readonly over: Promise<void>; isOver(): boolean; reply(): string | undefined } {
    let reply: string | undefined;
    let isOver = this.destroyed;
    const over = new Promise<void>((resolve) => {
      const finish = (): void => {
        isOver = true;
        this.removeListener('end', finish);
        resolve();
      };
      if (isOver) return resolve();
      this.once('end', finish);
      this.#inside._responseActions.push((text) => {
        reply = text;
        finish();
      });
    });
    return { over, isOver: () => isOver, reply: () => reply };
  }

  async #drained(socket: Socket, over: Promise<void>, patience: number): Promise<void> {
    let onDrain = (): void => {};
    const timer = setTimeout(() => this.breakOff(`the message was not taken for ${patience / 1000} s`), patience);
    const drained = new Promise<void>((resolve) => {
      onDrain = resolve;
      socket.once('drain', onDrain);
    });
    await Promise.race([drained, over]);
    clearTimeout(timer);
    socket.removeListener('drain', onDrain);
  }
}

const tooLate = ({ line, patience }: Command): string => `no reply to ${line.split(' ', 1)[0]} within ${patience / 1000} s`;
