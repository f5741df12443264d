/** One session as `mailweir sessions` shows it. */
export interface SessionFacts {
  readonly id: string;
  readonly protocol: string;
  readonly address: string;
  readonly account?: string;
  /** ms since the epoch. */
  readonly since: number;
  /** `IDLE INBOX`, `FETCH`. */
  readonly doing: string;
  /** Process id. */
  readonly process: number;
}

/** One setting as a process has it in force. */
export interface SettingFacts {
  readonly name: string;
  /** As operators write it. */
  readonly value: string;
  /** See Origin. */
  readonly origin: string;
  /** Process id. */
  readonly process: number;
}

/** One key of which sessions of a process hold slots. */
export interface SlotFacts {
  readonly key: string;
  /** Sessions that hold one; what the process keeps ready beyond is not among them. */
  readonly held: number;
  /** Process id. */
  readonly process: number;
}

/** What operators' commands may ask of a running process, and what one line of its answer tells. */
export interface FactsOf {
  readonly sessions: SessionFacts;
  readonly settings: SettingFacts;
  readonly slots: SlotFacts;
}

export type Question = keyof FactsOf;

type Parsed = Readonly<Record<string, unknown>> | undefined;

/** @returns undefined for what is no JSON object */
export function parsedObject(line: string): Parsed {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** @returns undefined for a line that tells no such fact: the last one, or one of another version of Mailweir */
export const parseFacts: { readonly [Q in Question]: (line: Parsed) => FactsOf[Q] | undefined } = {
  sessions: ({ id, protocol, address, account, since, doing, process } = {}) => {
    const told = isText(id) && isText(protocol) && isText(address) && isText(doing);
    if (!told || typeof since !== 'number' || typeof process !== 'number') return undefined;
    return { id, protocol, address, since, doing, process, ...(isText(account) ? { account } : {}) };
  },
  settings: ({ name, value, origin, process } = {}) =>
    isText(name) && isText(value) && isText(origin) && typeof process === 'number' ? { name, value, origin, process } : undefined,
  slots: ({ key, held, process } = {}) =>
    isText(key) && typeof held === 'number' && typeof process === 'number' ? { key, held, process } : undefined,
};

export const isQuestion = (text: unknown): text is Question => isText(text) && Object.hasOwn(parseFacts, text);

const isText = (value: unknown): value is string => typeof value === 'string';
