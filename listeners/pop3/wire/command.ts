/** What each command carries, complete and typed, as the parser hands it on (RFC 1939, 2449, 2595, 5034, 6856). */
interface Carries {
  readonly CAPA: unknown;
  readonly STLS: unknown;
  readonly UTF8: unknown;
  readonly USER: { readonly name: string };
  readonly PASS: { readonly password: string };
  /** Without a mechanism it asks which there are (RFC 1734's old form, which clients still send). `initial` is base64, `=` when empty. */
  readonly AUTH: { readonly mechanism?: string; readonly initial?: string };
  readonly STAT: unknown;
  readonly LIST: { readonly message?: number };
  readonly UIDL: { readonly message?: number };
  readonly RETR: { readonly message: number };
  readonly TOP: { readonly message: number; readonly lines: number };
  readonly DELE: { readonly message: number };
  readonly RSET: unknown;
  readonly NOOP: unknown;
  readonly QUIT: unknown;
}

export type Verb = keyof Carries;

export type CommandOf<V extends Verb> = { readonly verb: V } & Carries[V];

export type Command = { [V in Verb]: CommandOf<V> }[Verb];

/** Why a line is no command, in words for the client. */
export interface CommandFault {
  readonly fault: string;
}
