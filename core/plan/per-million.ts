import { askedDollars, runs } from './cost.ts';
import { prices } from './prices.ts';
import { type Asked, operations, requestsPerWakeUp } from './units.ts';
import { allOf, timesOf } from './volume.ts';

/** Dollars for a million of something, beside what others ask for the same. */
export interface PerMillion {
  readonly what: string;
  readonly dollars: number;
  readonly others: readonly { readonly name: string; readonly dollars: number }[];
}

const million = 1_000_000;
/** Pieces that SES and Mail Manager count a message in, KB. */
const pieceKb = 256;

/** What one more million costs on a stage that stands: requests, invocations and wake-ups. Tasks, storage and transfer are not in it. */
export function perMillion(messageKb: number): readonly PerMillion[] {
  const pieces = Math.max(1, Math.ceil(messageKb / pieceKb));
  const { smtpSession, msaSession, imapSession, pop3Session, recipient, accept, spoolRow, deliver, outboundSession, login } = operations;
  return [
    {
      what: 'messages received into mailboxes',
      dollars: requests(smtpSession, recipient, accept, spoolRow, deliver) + runsOf(runs.deliverLocal),
      others: [
        { name: 'SES inbound, which leaves them in a bucket', dollars: prices.received.dollars + pieces * prices.receivedChunks.dollars },
        {
          name: 'Mail Manager, with one ingress endpoint',
          dollars: prices.ingressMonth.dollars + prices.managed.dollars + pieces * prices.managedChunks.dollars,
        },
      ],
    },
    {
      what: 'messages sent, before what SES asks',
      dollars: requests(msaSession, login, accept, spoolRow, outboundSession) + runsOf(runs.deliverOutbound),
      others: [{ name: 'SES itself, which is paid besides', dollars: prices.sent.dollars }],
    },
    { what: 'SMTP sessions', dollars: requests(smtpSession), others: [] },
    { what: 'submission sessions', dollars: requests(msaSession, login), others: [] },
    { what: 'POP3 sessions', dollars: requests(pop3Session, login), others: [] },
    { what: 'IMAP sessions', dollars: requests(imapSession, login), others: [] },
  ];
}

const requests = (...asked: readonly Asked[]): number => askedDollars(timesOf(allOf(asked), million));

/** A million runs, each woken by a message of a queue. */
const runsOf = (gbSeconds: number): number =>
  prices.invocations.dollars + gbSeconds * prices.functionGbSeconds.dollars + requestsPerWakeUp * prices.queueRequests.dollars;
