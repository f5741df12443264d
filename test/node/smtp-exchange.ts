import assert from 'node:assert/strict';
import {
  ConnectionBroken,
  type HostAddress,
  type Outgoing,
  type RecipientResult,
  type TransportConnection,
} from '../../core/delivery/transport.ts';
import type { Address } from '../../core/values/address.ts';
import { parseIp } from '../../core/values/network.ts';
import { smtpTransport, type TransportOptions } from '../../platform/node/smtp-transport.ts';
import { ScriptedSink, type SinkScript } from './scripted-sink.ts';

export const loopback = parseIp('127.0.0.1') as HostAddress['ip'];
export const hello = 'Subject: hello\r\n\r\n.dot\r\n';

type After = Parameters<typeof ScriptedSink.open>[0];

export interface Scene {
  readonly sink: ScriptedSink;
  readonly connection: TransportConnection;
}

export async function scene(t: After, script: SinkScript = {}, options: TransportOptions = {}): Promise<Scene> {
  const sink = await ScriptedSink.open(t, script);
  const to = {
    host: 'mx.example.net',
    ip: loopback,
    port: sink.port,
    tls: 'opportunistic',
    preference: 0,
    ehlo: 'mail.example.org',
  } as const;
  const connection = await smtpTransport(options).connect(to, new AbortController().signal);
  t.after(() => void connection.quit());
  connection.takeDialogue();
  return { sink, connection };
}

export type Wish = Partial<Omit<Outgoing, 'recipients'>> & {
  readonly to?: readonly (string | Outgoing['recipients'][number])[];
  readonly text?: string;
};

export function mail({ to = ['bob@example.net'], text = hello, ...rest }: Wish = {}): Outgoing {
  const octets = Buffer.from(text, 'latin1');
  return {
    reversePath: 'alice@example.org' as Address,
    recipients: to.map((one) => (typeof one === 'string' ? { address: one as Address } : one)),
    declared: { eightBit: false, utf8: false },
    size: octets.length,
    read: async function* () {
      yield octets;
    },
    ...rest,
  };
}

export const short = (results: readonly RecipientResult[]): readonly string[] =>
  results.map(
    (one) => `${one.address.split('@', 1)[0]} ${one.result === 'accepted' ? 'has it' : one.permanent ? 'never' : 'later'}: ${one.reply}`,
  );

export const three = ['ann@example.net', 'bob@example.net', 'cat@example.net'];
/** Only what a test waits for may come too late, however slow the machine is. */
export const patient = { silence: 60_000, command: 60_000, data: 60_000 };
export const refuseSome = (verb: string, line: string): string | undefined =>
  verb !== 'RCPT' ? undefined : line.includes('ann') ? '550 5.1.1 no ann' : line.includes('bob') ? '451 4.2.0 bob is busy' : undefined;

export async function broken(connection: TransportConnection, message: Outgoing): Promise<ConnectionBroken> {
  const error = await connection.send(message).then(
    (results) => new Error(`answered: ${short(results).join('; ')}`),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ConnectionBroken, String(error));
  assert.equal(connection.usable, false);
  return error;
}
