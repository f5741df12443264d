import { formatDate } from '../../message/date.ts';
import { decodeHeaderText } from '../../message/decoded-text.ts';
import { oneLine } from '../../message/write-field.ts';
import { adviceFor } from './advice.ts';
import { paragraph, setIn } from './flowed-text.ts';
import { isWanted, type Report, type ReportedRecipient } from './report.ts';
import { readAnswer, statusOf } from './status-code.ts';

/** Addresses told by name; the machine's part has all of them. */
const mostNamed = 50;
const mostGroups = 20;
const mostSubject = 200; // characters

/** What is attached behind the text. */
export type Attached = 'message' | 'header' | 'nothing';

/** The part of a report that people read: what happened, to whom, what the other side said, what the sender can do. Lines end with CRLF. */
export function reportText(report: Report, host: string, attached: Attached): string {
  const all = groups(report);
  const [told, untold] = [all.slice(0, mostGroups), all.slice(mostGroups)];
  const lines = [
    ...opening(report),
    ...told.flatMap((group) => groupText(group, report)),
    ...(untold.length === 0 ? [] : [...paragraph(`The details of ${countNames(untold)} are in the attachment.`), '']),
    ...aboutMessage(report),
    ...closing(host, attached),
  ];
  return lines.map((line) => `${line}\r\n`).join('');
}

function opening({ kind, recipients, retryUntil }: Report): readonly string[] {
  switch (kind) {
    case 'failed':
      return [
        ...paragraph('Your message could not be delivered to the following address.'.replace('address', plural(recipients, 'address'))),
        '',
      ];
    case 'delayed': {
      const told = recipients.every(({ recipient }) => isWanted('failed', recipient)) ? ' If that does not succeed, you will be told.' : '';
      const until = `It is tried again and again until ${formatDate(retryUntil)}.`;
      return [...paragraph(`Your message has not been delivered yet. There is nothing you need to do. ${until}${told}`), ''];
    }
    case 'delivered':
      return [...paragraph('This is the confirmation you asked for.'), ''];
  }
}

const plural = ({ length }: readonly unknown[], word: string): string => (length === 1 ? word : `${word}es`);

/** Recipients of whom the same is to be said. */
interface Group {
  readonly one: ReportedRecipient;
  readonly names: string[];
}

const countNames = (all: readonly Group[]): string => {
  const count = all.reduce((sum, { names }) => sum + names.length, 0);
  return count === 1 ? 'one more address' : `${count} more addresses`;
};

function groups({ recipients }: Report): readonly Group[] {
  const found = new Map<string, Group>();
  for (const one of recipients) {
    const key = JSON.stringify([one.action, one.answer.host, one.answer.reply, one.expired]);
    const group = found.get(key);
    if (group === undefined) found.set(key, { one, names: [nameOf(one)] });
    else group.names.push(nameOf(one));
  }
  return [...found.values()];
}

/** The address that the sender wrote is the one that is known (RFC 3461 section 4.2). */
function nameOf({ recipient: { address, original } }: ReportedRecipient): string {
  const written = original?.slice(original.indexOf(';') + 1);
  return written === undefined || written.toLowerCase() === address.toLowerCase() ? address : `${address} (you wrote to ${written})`;
}

function groupText({ one, names }: Group, report: Report): readonly string[] {
  const more = names.length - mostNamed;
  const named = names.slice(0, mostNamed).flatMap(setIn);
  return [...named, ...(more > 0 ? setIn(`and ${more} more`) : []), '', ...explanation(one, report)];
}

function explanation(one: ReportedRecipient, report: Report): readonly string[] {
  const { answer, action } = one;
  const { code, text } = readAnswer(answer);
  const who = answer.host === undefined ? 'The mail server there' : `The mail server ${answer.host}`;
  if (action === 'delivered') return [...paragraph('It is in the mailbox.'), ''];
  if (action === 'relayed')
    return [...paragraph(`${who} has taken the message. It does not tell what happens next, so this is the last you hear of it.`), ''];
  const said = code === undefined ? readable(text) : answer.reply;
  const quote = said === '' ? [] : [...setIn(said), ''];
  return [...paragraph(lead(one, code === undefined ? undefined : who, report)), '', ...quote, ...advice(one)];
}

function lead({ action, expired = false }: ReportedRecipient, who: string | undefined, { row, at }: Report): string {
  const tried = `It was tried for ${span(at - row.acceptedAt)} and then given up.`;
  if (action === 'delayed') return who === undefined ? 'The reason:' : `${who} answered:`;
  if (expired) return who === undefined ? `${tried} The reason:` : `${tried} ${who} answered last:`;
  return who === undefined ? 'The reason:' : `${who} refused it, and answered:`;
}

const advice = (one: ReportedRecipient): readonly string[] =>
  one.action === 'delayed' ? [] : [...paragraph(adviceFor(statusOf(one))), ''];

/** Names of system errors in plain words. */
const plainWords: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection broken off',
  EPIPE: 'connection broken off',
  ETIMEDOUT: 'no answer in time',
  EHOSTUNREACH: 'host not reachable',
  ENETUNREACH: 'network not reachable',
};

const readable = (text: string): string => text.replace(/\bE[A-Z]{4,}\b/g, (name) => plainWords[name] ?? name);

function aboutMessage({ row }: Report): readonly string[] {
  const { subject, date } = row.facts.envelope;
  const decoded = subject === undefined ? '' : oneLine(decodeHeaderText(subject)).slice(0, mostSubject);
  const sent = date === undefined ? formatDate(row.acceptedAt) : oneLine(date).slice(0, 60);
  return [...paragraph('Your message:'), '', ...(decoded === '' ? [] : setIn(`Subject: ${decoded}`)), ...setIn(`Sent: ${sent}`), ''];
}

const closing = (host: string, attached: Attached): readonly string[] => [
  ...paragraph(`Details for administrators are attached${alsoAttached[attached]}.`),
  '',
  ...paragraph(`This message was written by the mail server ${host}. Nobody reads replies to it.`),
];

const alsoAttached = {
  message: ', and so is your message',
  header: ', and so is the header of your message',
  nothing: '',
} as const satisfies Record<Attached, string>;

const minute = 60_000; // ms
const units = [
  [24 * 60 * minute, 'day'],
  [60 * minute, 'hour'],
  [minute, 'minute'],
] as const;

function span(ms: number): string {
  const [size, name] = units.find(([unit]) => ms >= unit) ?? [minute, 'minute'];
  const count = Math.max(1, Math.floor(ms / size));
  return count === 1 ? `one ${name}` : `${count} ${name}s`;
}
