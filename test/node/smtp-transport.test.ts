import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConnectFailed, type HostAddress } from '../../core/delivery/transport.ts';
import { parseIp } from '../../core/values/network.ts';
import { selfSigned } from '../../platform/node/certificates.ts';
import { smtpTransport, type TransportOptions } from '../../platform/node/smtp-transport.ts';
import { ScriptedSink, type SinkScript, sinkCertificate } from './scripted-sink.ts';

const loopback = parseIp('127.0.0.1') as HostAddress['ip'];
const never = new AbortController().signal;

type After = Parameters<typeof ScriptedSink.open>[0];

async function failing(
  t: After,
  script: SinkScript,
  to: Partial<HostAddress> = {},
  options: TransportOptions = {},
): Promise<ConnectFailed> {
  const sink = await ScriptedSink.open(t, script);
  return failed({ port: sink.port, ...to }, options);
}

async function failed(to: Partial<HostAddress> & { port: number }, options: TransportOptions = {}): Promise<ConnectFailed> {
  const address: HostAddress = {
    host: 'mx.example.net',
    ip: loopback,
    tls: 'opportunistic',
    preference: 0,
    ehlo: 'mail.example.org',
    ...to,
  };
  const error = await smtpTransport(options)
    .connect(address, never)
    .then(
      async (connection) => {
        await connection.quit();
        return new Error('it connected');
      },
      (error: unknown) => error,
    );
  assert.ok(error instanceof ConnectFailed, String(error));
  return error;
}

const summary = ({ stage, reply }: ConnectFailed): readonly unknown[] => [stage, reply];
const trusted = [sinkCertificate.certificate];

describe('a connection that fails', () => {
  it('was refused', async (t) => {
    const sink = await ScriptedSink.open(t);
    const { port } = sink;
    sink.close();
    const error = await failed({ port });
    assert.deepEqual([...summary(error), error.message, error.dialogue], ['connect', undefined, 'ECONNREFUSED', []]);
  });

  for (const greeting of ['421 4.3.2 too many connections', '450 later', '521 no mail here', '554 5.7.1 go away']) {
    it(`was greeted with ${greeting}`, async (t) => {
      const error = await failing(t, { greeting });
      assert.deepEqual([...summary(error), error.dialogue], ['greeting', greeting, [`< ${greeting}`]]);
    });
  }

  it('was greeted with two lines', async (t) => {
    const error = await failing(t, { greeting: ['554-5.7.1 no', '554 5.7.1 really not'] });
    assert.deepEqual(summary(error), ['greeting', '554 5.7.1 no really not']);
  });

  it('was dropped before the greeting', async (t) => {
    assert.deepEqual(summary(await failing(t, { greeting: 'drop' })), ['greeting', undefined]);
  });

  it('was not greeted in time', async (t) => {
    const error = await failing(t, { greeting: 'silence' }, {}, { ready: 50 });
    assert.deepEqual([...summary(error), error.message], ['greeting', undefined, 'no answer within 0.05 s']);
  });

  it('had EHLO and HELO refused', async (t) => {
    const error = await failing(t, { on: (verb) => (verb.endsWith('LO') ? '550 not you' : undefined) });
    assert.deepEqual(summary(error), ['ehlo', '550 not you']);
    assert.deepEqual(error.dialogue, [
      '< 220 mx.example.net ESMTP',
      '> EHLO mail.example.org',
      '< 550 not you',
      '> HELO mail.example.org',
      '< 550 not you',
    ]);
  });

  it('was told 421 at EHLO', async (t) => {
    assert.deepEqual(summary(await failing(t, { on: () => '421 4.3.2 closing' })), ['ehlo', '421 4.3.2 closing']);
  });

  it('was dropped at EHLO', async (t) => {
    assert.deepEqual(summary(await failing(t, { on: () => 'drop' })), ['ehlo', undefined]);
  });

  it('got no answer to EHLO in time', async (t) => {
    assert.deepEqual(summary(await failing(t, { on: () => 'silence' }, {}, { ready: 1_000 })), ['ehlo', undefined]);
  });

  it('needs STARTTLS, which is refused', async (t) => {
    const error = await failing(
      t,
      { offers: ['STARTTLS'], on: (verb) => (verb === 'STARTTLS' ? '454 4.7.0 not now' : undefined) },
      { tls: 'starttls-required' },
    );
    assert.deepEqual(summary(error), ['tls', '454 4.7.0 not now']);
  });

  it('was told 421 at STARTTLS, which it could have done without', async (t) => {
    const error = await failing(t, { offers: ['STARTTLS'], on: (verb) => (verb === 'STARTTLS' ? '421 4.7.0 bye' : undefined) });
    assert.deepEqual(summary(error), ['tls', '421 4.7.0 bye']);
  });

  it('needs STARTTLS, and was dropped in the handshake', async (t) => {
    const broken = {
      offers: ['STARTTLS'],
      on: (verb: string) => (verb === 'STARTTLS' ? { last: '220 go' } : undefined),
    };
    assert.deepEqual(summary(await failing(t, broken, { tls: 'starttls-required' })), ['tls', undefined]);
    assert.deepEqual(summary(await failing(t, broken)), ['tls', undefined]);
  });

  it('needs TLS, and the certificate is somebody else’s', async (t) => {
    const other = selfSigned('other.example.net', Date.now());
    for (const [script, tls] of [
      [{ offers: ['STARTTLS'], certificate: other }, 'starttls-required'],
      [{ implicitTls: true, certificate: other }, 'implicit'],
    ] as const) {
      const error = await failing(t, script, { tls }, { trusted: [other.certificate] });
      assert.deepEqual(summary(error), ['tls', undefined]);
      assert.match(error.message, /altnames|does not match/i);
    }
  });

  it('needs TLS, and nobody we trust made the certificate', async (t) => {
    assert.deepEqual(summary(await failing(t, { implicitTls: true }, { tls: 'implicit' })), ['tls', undefined]);
  });

  it('had its login refused, and keeps the password to itself', async (t) => {
    const credentials = { user: 'relayed', password: 'letmein' };
    for (const mechanism of ['PLAIN', 'LOGIN']) {
      const echo = (verb: string, line: string): string | undefined => {
        if (line === 'AUTH LOGIN') return '334 VXNlcm5hbWU6';
        if (line === Buffer.from('relayed').toString('base64')) return '334 UGFzc3dvcmQ6';
        const known = ['EHLO', 'STARTTLS', 'QUIT'].includes(verb);
        return known ? undefined : `535 5.7.8 wrong: ${line.split(' ').at(-1)} letmein`;
      };
      const script = { offers: ['STARTTLS', `AUTH ${mechanism}`], on: echo };
      const error = await failing(t, script, { tls: 'starttls-required', credentials }, { trusted });
      assert.deepEqual(summary(error), ['auth', '535 5.7.8 wrong: (secret) (secret)']);
      const all = [error.message, ...error.dialogue].join('\n');
      for (const secret of ['letmein', Buffer.from('letmein').toString('base64'), Buffer.from('\0relayed\0letmein').toString('base64')]) {
        assert.ok(!all.includes(secret), all);
      }
      assert.ok(error.dialogue.includes(`> AUTH ${mechanism} (credentials)`), all);
    }
  });

  it('has a password for a host without TLS or without AUTH, which does not get it', async (t) => {
    const credentials = { user: 'relayed', password: 'letmein' };
    const plain = await ScriptedSink.open(t, { offers: ['AUTH PLAIN'] });
    assert.match((await failed({ port: plain.port, credentials })).message, /no TLS/);
    const without = await ScriptedSink.open(t, { offers: ['STARTTLS'] });
    assert.match((await failed({ port: without.port, credentials, tls: 'starttls-required' }, { trusted })).message, /no login/);
    for (const { lines } of [plain, without]) assert.ok(!lines.some((line) => line.startsWith('AUTH')));
  });

  it('was given up by the caller', async (t) => {
    const sink = await ScriptedSink.open(t, { greeting: 'silence' });
    const given = new AbortController();
    const connecting = smtpTransport().connect(
      { host: 'mx.example.net', ip: loopback, port: sink.port, tls: 'none', preference: 0, ehlo: 'mail.example.org' },
      given.signal,
    );
    given.abort(new Error('enough'));
    await assert.rejects(connecting, /enough/);
  });
});

describe('a connection that stands', () => {
  const connect = async (t: After, script: SinkScript, to: Partial<HostAddress> = {}, options: TransportOptions = {}) => {
    const sink = await ScriptedSink.open(t, script);
    const address = {
      host: 'mx.example.net',
      ip: loopback,
      port: sink.port,
      tls: 'opportunistic',
      preference: 0,
      ehlo: 'mail.example.org',
      ...to,
    } as const;
    const connection = await smtpTransport(options).connect(address, never);
    t.after(() => void connection.quit());
    return { sink, connection };
  };

  it('was made with HELO where EHLO is not known', async (t) => {
    const { connection } = await connect(t, { on: (verb) => (verb === 'EHLO' ? '502 5.5.1 what?' : undefined) });
    assert.equal(connection.usable, true);
  });

  it('goes on in plain where STARTTLS is refused and not needed', async (t) => {
    const { sink, connection } = await connect(t, {
      offers: ['STARTTLS', 'LIMITS MAILMAX=3'],
      on: (verb) => (verb === 'STARTTLS' ? '454 no' : undefined),
    });
    assert.deepEqual([connection.limits, sink.lines], [{ mailMax: 3 }, ['EHLO mail.example.org', 'STARTTLS']]);
  });

  it('knows the limits that were announced under TLS', async (t) => {
    let asked = 0;
    const offers = (limits: string): string[] => ['250-mx', '250-STARTTLS', `250 LIMITS ${limits}`];
    const { connection } = await connect(t, {
      on: (verb) => (verb === 'EHLO' ? offers(asked++ === 0 ? 'RCPTMAX=1' : 'rcptmax=50 MAILMAX=0 RCPTDOMAINMAX=2 FOO=1 X') : undefined),
    });
    assert.deepEqual(connection.limits, { rcptMax: 50, rcptDomainMax: 2 });
  });

  it('is authenticated at a host that has the right certificate, by the first of its mechanisms that is known', async (t) => {
    const on = (verb: string): string | undefined => (verb === 'AUTH' ? '235 2.7.0 welcome' : undefined);
    const { sink, connection } = await connect(
      t,
      { offers: ['STARTTLS', 'AUTH GSSAPI PLAIN'], on },
      { tls: 'starttls-required', credentials: { user: 'relayed', password: 'letmein' } },
      { trusted },
    );
    assert.equal(sink.lines.at(-1), `AUTH PLAIN ${Buffer.from('\0relayed\0letmein').toString('base64')}`);
    assert.deepEqual(connection.takeDialogue().slice(-2), ['> AUTH PLAIN (credentials)', '< 235 2.7.0 welcome']);
    assert.deepEqual(connection.takeDialogue(), []);
  });

  it('is usable no more when the host says goodbye between messages', async (t) => {
    const { connection } = await connect(t, {
      on: (verb) => (verb === 'EHLO' ? { last: '250 mx\r\n421 4.4.2 idle' } : undefined),
    });
    while (connection.usable) await new Promise((again) => setTimeout(again, 5));
    assert.equal(connection.usable, false);
  });
});
