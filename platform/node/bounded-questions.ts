import type { MailauthResolver } from 'mailauth/lib/spf/index.js';

export type QuestionType = 'A' | 'AAAA' | 'MX' | 'PTR' | 'TXT' | 'CNAME';

/** Hosts, addresses or texts; of MX `preference host`. `[]`: nothing of the kind is there. @throws when it can't be known now */
export type AskDns = (name: string, type: QuestionType) => Promise<readonly string[]>;

export interface QuestionBounds {
  readonly most: number;
  /** As performance.now() counts; no question later. */
  readonly until?: number;
}

const known: ReadonlySet<string> = new Set<QuestionType>(['A', 'AAAA', 'MX', 'PTR', 'TXT', 'CNAME']);

/** DNS as mailauth asks it: its answers are those of node:dns, its errors have node's codes. Beyond the bounds no name server answers. */
export function boundedQuestions(ask: AskDns, { most, until = Number.POSITIVE_INFINITY }: QuestionBounds): MailauthResolver {
  let left = most;
  return async (name, type) => {
    if (!known.has(type)) throw dnsError('ENODATA', name);
    left -= 1;
    if (left < 0 || performance.now() > until) throw dnsError('ETIMEOUT', name);
    const answers = await ask(name.replace(/\.$/, ''), type as QuestionType).catch(() => {
      throw dnsError('ETIMEOUT', name);
    });
    if (answers.length === 0) throw dnsError('ENOTFOUND', name);
    if (type === 'TXT') return answers.map((text) => [text]);
    return type === 'MX' ? answers.map(mailHost) : answers;
  };
}

function mailHost(text: string): { readonly priority: number; readonly exchange: string } {
  const [priority = '', exchange = ''] = text.split(' ');
  return { priority: Number(priority), exchange };
}

const dnsError = (code: string, name: string): Error => Object.assign(new Error(`${code} ${name}`), { code });
