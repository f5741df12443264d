import type { Fault, Faults, MxScript } from './faults.ts';
import { modernExtensions } from './faults.ts';
import type { LineSocket } from './line-socket.ts';
import type { SeenConnection, TakenMessage } from './record.ts';

interface Transaction {
  readonly from: string;
  readonly to: string[];
  readonly parameters: string[];
  readonly faults: Faults;
}

export interface DialogueOptions {
  readonly host: string;
  readonly script: MxScript;
  readonly seen: SeenConnection;
  readonly faults: Faults;
  /** Faults of the next transaction. */
  nextTransaction(): Faults;
  took(message: TakenMessage): void;
}

type Goes = boolean | Promise<boolean>;

/** A mail host's side of one connection (RFC 5321), as exact as the faults it is told to have. */
export class MxDialogue {
  readonly #line: LineSocket;
  readonly #options: DialogueOptions;
  #transaction: Transaction | undefined;
  #greeted = false;
  #authenticated = false;

  constructor(line: LineSocket, options: DialogueOptions) {
    this.#line = line;
    this.#options = options;
  }

  async run(): Promise<void> {
    const { script, faults, host } = this.#options;
    if (script.implicitTls === true && !(await this.#secure(faults.handshake))) return;
    if (!(await this.#or(faults.greeting, `220 ${host} ESMTP`))) return;
    for (;;) {
      const command = await this.#line.octets.line();
      if (command === undefined) return;
      this.#heard(command);
      if (!(await this.#answer(command))) return;
    }
  }

  #heard(command: string): void {
    const { commands, messages } = this.#options.seen;
    commands.push(command);
    const last = messages.at(-1);
    if (last !== undefined) last.wentOn = true;
  }

  #answer(command: string): Goes {
    const verb = /^[a-z]+/i.exec(command)?.[0].toUpperCase() ?? '';
    const { faults } = this.#options;
    switch (verb) {
      case 'EHLO':
      case 'HELO':
        return this.#ehlo(verb);
      case 'STARTTLS':
        return this.#starttls();
      case 'AUTH':
        return this.#auth(command);
      case 'MAIL':
        return this.#mail(command);
      case 'RCPT':
        return this.#rcpt(command);
      case 'DATA':
        return this.#data();
      case 'RSET':
        this.#transaction = undefined;
        return this.#or(faults.rset, '250 2.0.0 reset');
      case 'NOOP':
        return this.#line.reply('250 2.0.0 ok');
      case 'QUIT':
        return this.#quit();
      default:
        return this.#line.reply('500 5.5.1 no such command');
    }
  }

  #or(fault: Fault | undefined, usual: string): Goes {
    return fault === undefined ? this.#line.reply(usual) : this.#line.suffer(fault);
  }

  #ehlo(verb: string): Goes {
    const { script, faults, host, seen } = this.#options;
    this.#transaction = undefined;
    const { extensions = modernExtensions } = script;
    const offered = [
      ...extensions,
      ...(script.tls !== undefined && !seen.secure ? ['STARTTLS'] : []),
      ...(script.login !== undefined ? ['AUTH PLAIN'] : []),
    ];
    this.#greeted = true;
    const lines = verb === 'HELO' ? [host] : [host, ...offered];
    return this.#or(faults.ehlo, lines.map((line, i) => `250${i === lines.length - 1 ? ' ' : '-'}${line}`).join('\r\n'));
  }

  async #starttls(): Promise<boolean> {
    const { script, faults, seen } = this.#options;
    if (script.tls === undefined || seen.secure) return this.#line.reply('502 5.5.1 no TLS here');
    if (faults.starttls !== undefined) return this.#line.suffer(faults.starttls);
    if (!(await this.#line.reply('220 2.0.0 go ahead'))) return false;
    this.#greeted = false;
    return this.#secure(faults.handshake);
  }

  async #secure(fault: Fault | undefined): Promise<boolean> {
    const { script, seen } = this.#options;
    if (fault !== undefined) return this.#line.suffer(fault);
    if (script.tls === undefined) throw new Error('a host with implicit TLS needs a certificate');
    const secured = await this.#line.secure(script.tls);
    if (secured === false) return false;
    seen.secure = true;
    seen.servername = secured.servername;
    return true;
  }

  async #auth(command: string): Promise<boolean> {
    const { script, faults, seen } = this.#options;
    if (faults.auth !== undefined) return this.#line.suffer(faults.auth);
    const [, initial] = /^AUTH PLAIN ?(.*)$/i.exec(command) ?? [];
    if (script.login === undefined || initial === undefined) return this.#line.reply('504 5.5.4 no such mechanism');
    const response = initial === '' ? await this.#continued() : initial;
    const [, user, password] = Buffer.from(response ?? '', 'base64')
      .toString('utf8')
      .split('\0');
    seen.commands.splice(-1, 1, 'AUTH PLAIN');
    if (user !== script.login.user || password !== script.login.password) return this.#line.reply('535 5.7.8 wrong credentials');
    this.#authenticated = true;
    seen.user = user;
    return this.#line.reply('235 2.7.0 welcome');
  }

  async #continued(): Promise<string | undefined> {
    return (await this.#line.reply('334 ')) ? this.#line.octets.line() : undefined;
  }

  #mail(command: string): Goes {
    const { script, faults } = this.#options;
    if (!this.#greeted || this.#transaction !== undefined) return this.#line.reply('503 5.5.1 not now');
    if (script.login !== undefined && !this.#authenticated) return this.#line.reply('530 5.7.0 authentication required');
    const [, from = '', parameters = ''] = /^MAIL FROM:<(.*?)>(.*)$/i.exec(command) ?? [];
    const own = this.#options.nextTransaction();
    const fault = own.mail ?? faults.mail;
    if (fault === undefined) this.#transaction = { from, to: [], parameters: [parameters.trim()], faults: { ...faults, ...own } };
    return this.#or(fault, '250 2.1.0 ok');
  }

  #rcpt(command: string): Goes {
    const transaction = this.#transaction;
    if (transaction === undefined) return this.#line.reply('503 5.5.1 MAIL first');
    const [, to = '', parameters = ''] = /^RCPT TO:<(.*?)>(.*)$/i.exec(command) ?? [];
    const fault = transaction.faults.rcpt ?? this.#options.script.recipient?.(to);
    if (fault === undefined) {
      transaction.to.push(to);
      transaction.parameters.push(parameters.trim());
    }
    return this.#or(fault, '250 2.1.5 ok');
  }

  async #data(): Promise<boolean> {
    const transaction = this.#transaction;
    if (transaction === undefined || transaction.to.length === 0) return this.#line.reply('503 5.5.1 RCPT first');
    const { faults } = transaction;
    if (faults.data !== undefined) return this.#line.suffer(faults.data);
    if (!(await this.#line.reply('354 go on'))) return false;
    if (faults.body !== undefined) {
      await this.#line.octets.some();
      return this.#line.suffer(faults.body);
    }
    const octets = await this.#line.octets.message();
    if (octets === undefined) return false;
    return this.#took(octets, transaction);
  }

  async #took(octets: Buffer, { from, to, parameters, faults }: Transaction): Promise<boolean> {
    const { script, host, seen } = this.#options;
    this.#transaction = undefined;
    const text = octets.toString('latin1').replace(/^\./gm, '');
    const message: TakenMessage = {
      host,
      id: /^message-id:\s*(\S+)/im.exec(text)?.[1] ?? '',
      from,
      to,
      parameters,
      octets: octets.length,
      text: script.keepTexts === false ? '' : text,
      secure: seen.secure,
      reply: undefined,
      wentOn: false,
    };
    seen.messages.push(message);
    this.#options.took(message);
    await script.barrier?.arrive();
    return this.#settle(message, faults);
  }

  async #settle(message: TakenMessage, { dot, afterReply }: Faults): Promise<boolean> {
    const reply = dot === undefined ? `250 2.0.0 taken ${message.id}` : typeof dot === 'object' ? dot.reply : undefined;
    message.reply = reply;
    const goesOn = await this.#or(dot, reply ?? '');
    if (!goesOn || dot !== undefined || afterReply === undefined) return goesOn;
    return this.#line.suffer(afterReply);
  }

  async #quit(): Promise<boolean> {
    this.#options.seen.saidQuit = true;
    if (await this.#or(this.#options.faults.quit, '221 2.0.0 bye')) this.#line.end();
    return false;
  }
}
