import { decodeModifiedUtf7 } from '../../listeners/imap/wire/mailbox-name.ts';
import { Marionette } from './marionette.ts';

/** A message as the program shows it in its list. */
export interface Listed {
  /** Names of levels as people read them. */
  readonly mailbox: string;
  readonly id: string;
  readonly flags: string;
}

/** As Listed has it. @param name in modified UTF-7 */
export const inUnicode = (name: string): string => decodeModifiedUtf7(name) ?? name;

const tools = `
const { MailServices } = ChromeUtils.importESModule('resource:///modules/MailServices.sys.mjs');
const server = MailServices.accounts.accounts.map((account) => account.incomingServer).find(({ type }) => type === 'imap');
const pathOf = (folder) => (folder.isServer ? [] : [...pathOf(folder.parent), folder.name]);
const folders = () => server.rootFolder.descendants.filter((folder) => (folder.flags & Ci.nsMsgFolderFlags.ImapNoselect) === 0);
const named = (name) => folders().find((folder) => pathOf(folder).join('/') === name) ?? (() => { throw new Error('no folder ' + name); })();
const ended = (begin) => new Promise((resolve, reject) => begin({
  OnStartRunningUrl() {},
  OnStopRunningUrl: (url, code) => (code === 0 ? resolve() : reject(new Error(url.spec + ' ended with ' + code))),
}));
const copied = (begin) => new Promise((resolve, reject) => begin({
  QueryInterface: ChromeUtils.generateQI(['nsIMsgCopyServiceListener']),
  onStartCopy() {}, onProgress() {}, setMessageKey() {}, getMessageId: () => null,
  onStopCopy: (code) => (code === 0 ? resolve() : reject(new Error('the copy ended with ' + code))),
}));
const headers = (folder, ids) => [...folder.messages].filter(({ messageId }) => ids.includes(messageId));
`;

/** Thunderbird with one IMAP account. What it does, it does as for a person at its window. */
export class Thunderbird {
  readonly #program: Marionette;

  private constructor(program: Marionette) {
    this.#program = program;
  }

  /** @param options.condstore it asks for what changed since a MODSEQ (RFC 7162), as its users may choose */
  static async start(
    home: string,
    port: number,
    account: string,
    password: string,
    { condstore = false }: { readonly condstore?: boolean } = {},
  ): Promise<Thunderbird> {
    const program = await Marionette.start('thunderbird', home);
    const thunderbird = new Thunderbird(program);
    await program.run(
      `const { MailServices } = ChromeUtils.importESModule('resource:///modules/MailServices.sys.mjs');
      const [user, port, password, condstore] = args;
      Services.prefs.setBoolPref('mail.server.default.use_condstore', condstore);
      const server = MailServices.accounts.createIncomingServer(user, '127.0.0.1', 'imap');
      Object.assign(server, { port, password, socketType: Ci.nsMsgSocketType.plain, authMethod: Ci.nsMsgAuthMethod.passwordCleartext });
      const account = MailServices.accounts.createAccount();
      const identity = MailServices.accounts.createIdentity();
      identity.email = user;
      account.addIdentity(identity);
      account.incomingServer = server;
      server.performExpand(null);`,
      account,
      port,
      password,
      condstore,
    );
    return thunderbird;
  }

  /** Names of the folders it shows. */
  folders(): Promise<readonly string[]> {
    return this.#run("return folders().map((folder) => pathOf(folder).join('/'));");
  }

  /** Looks for what is new in every folder. */
  async look(): Promise<void> {
    await this.#run(
      'for (const folder of folders()) await ended((heard) => folder.QueryInterface(Ci.nsIMsgImapMailFolder).updateFolderWithListener(null, heard));',
    );
  }

  messages(): Promise<readonly Listed[]> {
    return this.#run(
      `return folders().flatMap((folder) => [...folder.messages].map(({ messageId, isRead, isFlagged, flags }) => ({
        mailbox: pathOf(folder).join('/'), id: messageId,
        flags: (isFlagged ? 'F' : '') + (flags & Ci.nsMsgMessageFlags.Replied ? 'R' : '') + (isRead ? 'S' : '') })));`,
    );
  }

  /** The source of a message, latin1. */
  source(mailbox: string, id: string): Promise<string> {
    return this.#run(
      `const folder = named(args[0]);
      const uri = folder.getUriForMsg(headers(folder, [args[1]])[0]);
      const stream = Cc['@mozilla.org/network/sync-stream-listener;1'].createInstance(Ci.nsISyncStreamListener);
      MailServices.messageServiceFromURI(uri).streamMessage(uri, stream, null, null, false, '', false);
      const octets = Cc['@mozilla.org/binaryinputstream;1'].createInstance(Ci.nsIBinaryInputStream);
      octets.setInputStream(stream.inputStream);
      let text = '';
      for (let left = octets.available(); left > 0; left = octets.available()) text += octets.readBytes(left);
      return text;`,
      mailbox,
      id,
    );
  }

  async read(mailbox: string, ids: readonly string[]): Promise<void> {
    await this.#run('const folder = named(args[0]); folder.markMessagesRead(headers(folder, args[1]), true);', mailbox, ids);
  }

  async star(mailbox: string, ids: readonly string[]): Promise<void> {
    await this.#run('const folder = named(args[0]); folder.markMessagesFlagged(headers(folder, args[1]), true);', mailbox, ids);
  }

  async move(mailbox: string, ids: readonly string[], to: string): Promise<void> {
    await this.#run(
      `const folder = named(args[0]);
      await copied((heard) => MailServices.copy.copyMessages(folder, headers(folder, args[1]), named(args[2]), true, heard, null, false));`,
      mailbox,
      ids,
      to,
    );
  }

  /** Into the folder for deleted mail. */
  async remove(mailbox: string, ids: readonly string[]): Promise<void> {
    await this.#run(
      'const folder = named(args[0]); await copied((heard) => folder.deleteMessages(headers(folder, args[1]), null, false, false, heard, false));',
      mailbox,
      ids,
    );
  }

  async rename(mailbox: string, to: string): Promise<void> {
    await this.#run('named(args[0]).rename(args[1], null);', mailbox, to);
  }

  stop(): Promise<void> {
    return this.#program.stop();
  }

  #run<T>(body: string, ...args: readonly unknown[]): Promise<T> {
    return this.#program.run(tools + body, ...args);
  }
}
