import type { Command, CommandFault } from './command.ts';

/** Octets of a command line without its end. RFC 2449 section 4 has 255; names and passwords in UTF-8 are longer than their letters. */
export const maxCommandLine = 512;
/** Lines that carry credentials: a password of 1024 octets in base64, with the name before it. */
export const maxCredentialsLine = 4096;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * @param line octets without CRLF
 * @returns the command; or what is wrong with the line, in words for the client
 */
export function parseCommand(line: Uint8Array): Command | CommandFault {
  const text = decode(line);
  if (text === undefined) return { fault: 'Not UTF-8' };
  const space = text.indexOf(' ');
  const keyword = (space < 0 ? text : text.slice(0, space)).toUpperCase();
  const rest = space < 0 ? undefined : text.slice(space + 1);
  const parse = parsers.get(keyword);
  if (parse === undefined) return { fault: keyword === '' ? 'Empty command' : 'Unknown command' };
  if (line.length > maxCommandLine && keyword !== 'PASS' && keyword !== 'AUTH') return { fault: 'Line too long' };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the rule is about control characters
  if (/[\x00-\x1f\x7f]/.test(text)) return { fault: 'Control characters are not allowed' };
  return parse(rest);
}

type ParseArguments = (rest: string | undefined) => Command | CommandFault;

const alone =
  (verb: 'CAPA' | 'STLS' | 'UTF8' | 'NOOP' | 'STAT' | 'RSET' | 'QUIT'): ParseArguments =>
  (rest) =>
    words(rest).length === 0 ? { verb } : { fault: `${verb} takes no argument` };

const listing =
  (verb: 'LIST' | 'UIDL'): ParseArguments =>
  (rest) => {
    const [first, ...more] = words(rest);
    if (first === undefined) return { verb };
    const message = messageNumber(first);
    if (message === undefined || more.length > 0) return { fault: `${verb} takes one message number, or nothing` };
    return { verb, message };
  };

const oneMessage =
  (verb: 'RETR' | 'DELE'): ParseArguments =>
  (rest) => {
    const [first, ...more] = words(rest);
    const message = messageNumber(first);
    return message === undefined || more.length > 0 ? { fault: `${verb} takes one message number` } : { verb, message };
  };

const top: ParseArguments = (rest) => {
  const [first, second, ...more] = words(rest);
  const message = messageNumber(first);
  const lines = wholeNumber(second);
  if (message === undefined || lines === undefined || more.length > 0) return { fault: 'TOP takes a message number and a number of lines' };
  return { verb: 'TOP', message, lines };
};

const user: ParseArguments = (rest) => {
  const name = rest?.trim() ?? '';
  return name === '' ? { fault: 'USER takes a name' } : { verb: 'USER', name };
};

/** Everything behind the first space is the password, spaces too (RFC 1939 section 7). */
const pass: ParseArguments = (rest) =>
  rest === undefined || rest === '' ? { fault: 'PASS takes a password' } : { verb: 'PASS', password: rest };

const auth: ParseArguments = (rest) => {
  const [mechanism, initial, ...more] = words(rest);
  if (mechanism === undefined) return { verb: 'AUTH' };
  if (more.length > 0 || mechanism.length > 20) return { fault: 'AUTH takes a mechanism and an initial response' };
  return { verb: 'AUTH', mechanism: mechanism.toUpperCase(), ...(initial === undefined ? {} : { initial }) };
};

/** APOP is not here, and the greeting has no timestamp: it needs the password in plain text on the server, and we keep none. */
const parsers: ReadonlyMap<string, ParseArguments> = new Map<string, ParseArguments>([
  ['CAPA', alone('CAPA')],
  ['STLS', alone('STLS')],
  ['UTF8', alone('UTF8')],
  ['NOOP', alone('NOOP')],
  ['STAT', alone('STAT')],
  ['RSET', alone('RSET')],
  ['QUIT', alone('QUIT')],
  ['LIST', listing('LIST')],
  ['UIDL', listing('UIDL')],
  ['RETR', oneMessage('RETR')],
  ['DELE', oneMessage('DELE')],
  ['TOP', top],
  ['USER', user],
  ['PASS', pass],
  ['AUTH', auth],
]);

const words = (rest: string | undefined): readonly string[] => (rest ?? '').split(' ').filter((word) => word !== '');

const wholeNumber = (word: string | undefined): number | undefined =>
  word !== undefined && /^\d{1,10}$/.test(word) ? Number(word) : undefined;

/** 0 is a number, of no message: the answer is then that there is none. */
const messageNumber = wholeNumber;

function decode(line: Uint8Array): string | undefined {
  try {
    return utf8.decode(line);
  } catch {
    return undefined;
  }
}
