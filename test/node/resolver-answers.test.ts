import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { DnsTemporary } from '../../core/delivery/resolver.ts';
import { systemResolver } from '../../platform/node/resolver.ts';

const types = { A: 1, MX: 15, TXT: 16, AAAA: 28 } as const;
type Type = keyof typeof types;

interface DnsRecord {
  readonly ttl: number;
  readonly data: Buffer;
}

/** `fails`: SERVFAIL. Left out: NXDOMAIN. */
type Zone = Readonly<Record<string, readonly DnsRecord[] | 'fails'>>;

const labels = (name: string): Buffer =>
  Buffer.concat([...name.split('.').map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label)])), Buffer.of(0)]);

/** A name server of the zone on loopback (RFC 1035 section 4.1), and what it was asked. */
async function nameServer(t: { after(run: () => void): void }, zone: Zone) {
  const asked: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (question, { port, address }) => {
    const end = question.indexOf(0, 12) + 1;
    const type = (Object.keys(types) as Type[]).find((one) => types[one] === question.readUInt16BE(end)) ?? 'A';
    const key = `${type} ${nameIn(question.subarray(12, end))}`;
    asked.push(key);
    const found = zone[key];
    const records = Array.isArray(found) ? found : [];
    const header = Buffer.from(question.subarray(0, 12));
    header.writeUInt16BE(0x8180 | (found === 'fails' ? 2 : found === undefined ? 3 : 0), 2);
    header.writeUInt16BE(records.length, 6);
    header.writeUInt32BE(0, 8);
    const answers = records.map(({ ttl, data }) => {
      const head = Buffer.alloc(12);
      head.writeUInt16BE(0xc00c, 0);
      head.writeUInt16BE(types[type], 2);
      head.writeUInt16BE(1, 4);
      head.writeUInt32BE(ttl, 6);
      head.writeUInt16BE(data.length, 10);
      return Buffer.concat([head, data]);
    });
    socket.send(Buffer.concat([header, question.subarray(12, end + 4), ...answers]), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.after(() => socket.close());
  const time = { ms: 0 };
  const dns = systemResolver({
    servers: [`127.0.0.1:${socket.address().port}`],
    timeout: 60_000, // a machine that is busy must not make it ask again
    tries: 1,
    clock: { monotonic: () => time.ms },
  });
  return { dns, asked, time };
}

function nameIn(octets: Buffer): string {
  const parts: string[] = [];
  for (let at = 0; (octets[at] ?? 0) > 0; at += (octets[at] as number) + 1)
    parts.push(octets.toString('latin1', at + 1, at + 1 + (octets[at] as number)));
  return parts.join('.').toLowerCase();
}

const ip4 = (text: string, ttl: number): DnsRecord => ({ ttl, data: Buffer.from(text.split('.').map(Number)) });
const ip6 = (last: number, ttl: number): DnsRecord => ({
  ttl,
  data: Buffer.concat([Buffer.from('20010db8', 'hex'), Buffer.alloc(11), Buffer.of(last)]),
});
const mx = (preference: number, host: string): DnsRecord => ({ ttl: 300, data: Buffer.concat([Buffer.of(0, preference), labels(host)]) });
const txt = (...parts: string[]): DnsRecord => ({
  ttl: 300,
  data: Buffer.concat(parts.map((part) => Buffer.concat([Buffer.of(part.length), Buffer.from(part)]))),
});

describe('what the resolver is answered', () => {
  it('is read: mail hosts, addresses of both families, texts with their parts joined', async (t) => {
    const { dns } = await nameServer(t, {
      'MX example.net': [mx(20, 'b.example.net'), mx(10, 'a.example.net')],
      'A a.example.net': [ip4('192.0.2.1', 60)],
      'AAAA a.example.net': [ip6(1, 60)],
      'TXT _mta-sts.example.net': [txt('v=STSv1; ', 'id=1;'), txt('other')],
    });
    assert.deepEqual((await dns.mx('Example.NET')).map(({ preference, host }) => `${preference} ${host}`).toSorted(), [
      '10 a.example.net',
      '20 b.example.net',
    ]);
    assert.deepEqual((await dns.addresses('a.example.net')).toSorted(), ['192.0.2.1', '2001:db8::1']);
    assert.deepEqual([...(await dns.txt('_mta-sts.example.net'))].toSorted(), ['other', 'v=STSv1; id=1;']);
  });

  it('of one family is enough when the other one fails, and not when it is empty', async (t) => {
    const { dns } = await nameServer(t, {
      'A four.example': [ip4('192.0.2.1', 60)],
      'AAAA four.example': 'fails',
      'A six.example': 'fails',
      'AAAA six.example': [ip6(6, 60)],
      'A half.example': 'fails',
    });
    assert.deepEqual(await dns.addresses('four.example'), ['192.0.2.1']);
    assert.deepEqual(await dns.addresses('six.example'), ['2001:db8::6']);
    await assert.rejects(dns.addresses('half.example'), DnsTemporary);
  });

  it('is kept by its shortest TTL, so that ten thousand messages ask once', async (t) => {
    const { dns, asked, time } = await nameServer(t, {
      'MX example.net': [mx(10, 'a.example.net')],
      'A a.example.net': [ip4('192.0.2.1', 200), ip4('192.0.2.2', 100)],
    });
    const both = () => Promise.all([dns.mx('example.net'), dns.addresses('a.example.net')]);
    await Promise.all(Array.from({ length: 10_000 }, both));
    assert.deepEqual(asked.toSorted(), ['A a.example.net', 'AAAA a.example.net', 'MX example.net']);
    time.ms = 99_999;
    asked.length = 0;
    await both();
    assert.deepEqual(asked.toSorted(), ['AAAA a.example.net', 'MX example.net']);
    time.ms = 100_000;
    asked.length = 0;
    await both();
    assert.deepEqual(asked, ['A a.example.net']);
  });
});
