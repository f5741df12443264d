import assert from 'node:assert/strict';
import { createHash, createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { DkimVerifier } from 'mailauth/lib/dkim/dkim-verifier.js';
import type { Resolver } from '../../core/delivery/resolver.ts';
import { RelaxedBody } from '../../core/message/dkim-form.ts';
import type { SecretStore } from '../../core/world.ts';
import { boundedQuestions } from '../../platform/node/bounded-questions.ts';
import { systemClock } from '../../platform/node/clock.ts';
import { type DkimKey, dkimKeys, dkimRecord, dkimRecordName, isRecordOf, keepDkimKey, makeDkimKey } from '../../platform/node/dkim-keys.ts';
import { dkimSigner } from '../../platform/node/dkim-signer.ts';
import { dnsOf, secretsOf } from '../delivery/outbound-edge.ts';

const domain = 'example.org';
const letter = 'From: Alice <alice@example.org>\r\nTo: bob@example.net\r\nSubject: hello\r\n  there\r\n\r\nHello  \t Bob. \r\n\r\n\r\n';

async function* pieces(message: string, size = 7): AsyncGenerator<Uint8Array> {
  const octets = Buffer.from(message, 'latin1');
  for (let at = 0; at < octets.length; at += size) yield octets.subarray(at, at + size);
}

async function keysOf(
  secrets: SecretStore,
  ...made: readonly (readonly [selector: string, type: 'rsa' | 'ed25519', at: number])[]
): Promise<readonly DkimKey[]> {
  for (const [selector, type, at] of made) await keepDkimKey(secrets, await makeDkimKey(domain, selector, type, at));
  return await dkimKeys(secrets, domain);
}

const publishing = (keys: readonly DkimKey[]) =>
  dnsOf({}, {}, Object.fromEntries(keys.map((key) => [dkimRecordName(key), [dkimRecord(key)]])));

const signedBy = async (secrets: SecretStore, resolver: Resolver, message: string, from = domain): Promise<string> => {
  const signature = await dkimSigner({ secrets, resolver, clock: systemClock }).sign(pieces(message), async () => from);
  return Buffer.from(signature).toString('latin1') + message;
};

/** What a receiver finds, by mailauth. */
async function verified(message: string, resolver: Resolver): Promise<readonly string[]> {
  const verifier = new DkimVerifier({ resolver: boundedQuestions((name) => resolver.txt(name), { most: 10 }), strict: true });
  verifier.end(Buffer.from(message, 'latin1'));
  await once(verifier, 'finish');
  return verifier.results.map(({ info }) => info.split(' header.a=')[0] ?? '');
}

describe('a signature of ours', () => {
  for (const type of ['rsa', 'ed25519'] as const) {
    it(`verifies at a receiver, with a key of type ${type}`, async () => {
      const secrets = secretsOf();
      const resolver = publishing(await keysOf(secrets, ['s1', type, 1]));
      const message = await signedBy(secrets, resolver, letter);
      assert.match(message, new RegExp(`^DKIM-Signature: v=1; a=${type}-sha256; c=relaxed/relaxed; d=example.org;`));
      assert.deepEqual(await verified(message, resolver), ['dkim=pass header.d=example.org header.i=@example.org header.s=s1']);
    });
  }

  it('covers the author also behind more fields than are signed', async () => {
    const secrets = secretsOf();
    const resolver = publishing(await keysOf(secrets, ['s1', 'ed25519', 1]));
    const long = letter.replace('To:', `${'References: <x@example.org>\r\n'.repeat(150)}To:`);
    const message = await signedBy(secrets, resolver, long);
    assert.deepEqual(await verified(message, resolver), ['dkim=pass header.d=example.org header.i=@example.org header.s=s1']);
    const changed = message.replace('From: Alice', 'From: Mallory');
    assert.doesNotMatch((await verified(changed, resolver))[0] ?? '', /pass/);
  });

  it('breaks when a word of it is changed, and when another author is added', async () => {
    const secrets = secretsOf();
    const resolver = publishing(await keysOf(secrets, ['s1', 'ed25519', 1]));
    const message = await signedBy(secrets, resolver, letter);
    const [added, changed] = [message.replace('From:', 'From: ceo@example.org\r\nFrom:'), message.replace('Bob.', 'Eve.')];
    assert.doesNotMatch((await verified(changed, resolver)).join(), /pass/);
    assert.doesNotMatch((await verified(added, resolver)).join(), /pass/);
  });

  it('holds for any message, in any pieces, also behind a relay that changes white space', async () => {
    const secrets = secretsOf();
    const resolver = publishing(await keysOf(secrets, ['s1', 'ed25519', 1]));
    const signer = dkimSigner({ secrets, resolver, clock: systemClock });
    const text = fc
      .array(fc.constantFrom('a', 'B', ' ', '\t', '\r\n', '\r\n\r\n', '\xe9', '.', ' \r\n', '='))
      .map((parts) => parts.join(''));
    const value = fc.array(fc.constantFrom('x', ' ', '\t', '\r\n ', 'y')).map((parts) => `z${parts.join('')}`);
    await fc.assert(
      fc.asyncProperty(text, value, fc.boolean(), fc.integer({ min: 1, max: 40 }), async (body, subject, noBody, size) => {
        const header = `From: a@example.org\r\nSubject: ${subject}\r\nTo:b@example.net\r\nX-Other: 1\r\n`;
        const message = noBody ? header : `${header}\r\n${body}`;
        const signature = Buffer.from(await signer.sign(pieces(message, size), async () => domain)).toString('latin1');
        const relayed =
          signature + header.replace('To:b', 'TO: \t b').replace(/[ \t]+/g, ' ') + message.slice(header.length).replace(/ +/g, ' \t');
        for (const received of [signature + message, relayed]) {
          assert.deepEqual(
            (await verified(received, resolver)).map((one) => one.slice(0, 9)),
            ['dkim=pass'],
          );
        }
      }),
      { numRuns: 60 },
    );
  });

  it('has the body hash of RFC 8463 appendix A.3, whatever the pieces', () => {
    const body = 'Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n';
    for (const size of [1, 2, 3, 1000]) {
      const relaxed = new RelaxedBody();
      let text = '';
      for (let at = 0; at < body.length; at += size) text += [...relaxed.write(body.slice(at, at + size))].join('');
      const hash = createHash('sha256').update(text + relaxed.end());
      assert.equal(hash.digest('base64'), '2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=');
    }
  });

  it('covers an empty body as nothing (RFC 6376 section 3.4.4)', () => {
    const relaxed = new RelaxedBody();
    assert.equal([...relaxed.write('\r\n \r\n\t\r\n')].join('') + relaxed.end(), '');
  });
});

describe('the key that signs', () => {
  it('is the newest one that is published', async () => {
    const secrets = secretsOf();
    const keys = await keysOf(secrets, ['old', 'ed25519', 1], ['middle', 'ed25519', 2], ['new', 'ed25519', 3]);
    const selectors = async (published: readonly DkimKey[]) =>
      /\ts=([a-z]+);/.exec(await signedBy(secrets, publishing(published), letter))?.[1];
    assert.equal(await selectors(keys), 'new');
    assert.equal(await selectors(keys.filter(({ selector }) => selector !== 'new')), 'middle');
    assert.equal(await selectors(keys.filter(({ selector }) => selector === 'old')), 'old');
    assert.equal(await selectors([]), undefined);
  });

  it('is none when another key is published under its name, and the newest when no name server answers', async () => {
    const secrets = secretsOf();
    const [key] = await keysOf(secrets, ['s1', 'ed25519', 1]);
    const other = await makeDkimKey(domain, 's1', 'ed25519', 1);
    assert.equal(await signedBy(secrets, publishing([other]), letter), letter);
    const silent = dnsOf({}, {}, { [dkimRecordName(key as DkimKey)]: 'temporary' });
    assert.match(await signedBy(secrets, silent, letter), /^DKIM-Signature: /);
  });

  it('is none of a domain above or below', async () => {
    const secrets = secretsOf();
    const resolver = publishing(await keysOf(secrets, ['s1', 'ed25519', 1]));
    for (const other of ['news.example.org', 'org', 's1.example.org'])
      assert.equal(await signedBy(secrets, resolver, letter, other), letter);
  });

  it('that is broken keeps the message from going out unsigned', async () => {
    const secrets = secretsOf({ 'dkim.example.org.s1': 'no key' });
    await assert.rejects(signedBy(secrets, dnsOf({}), letter), /the secret dkim\.example\.org\.s1 is no private key/);
  });

  it('may be one that was made elsewhere', async () => {
    const pem = createPrivateKey({
      key: Buffer.from('MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g', 'base64'),
      format: 'der',
      type: 'pkcs8',
    });
    const secrets = secretsOf({ 'dkim.example.org.brisbane': pem.export({ type: 'pkcs8', format: 'pem' }).toString() });
    const [key] = await dkimKeys(secrets, domain);
    // RFC 8463 appendix A.1 and A.2: the private key above belongs to this record.
    assert.equal(dkimRecord(key as DkimKey), 'v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=');
    assert.ok(isRecordOf(key as DkimKey, 'v=DKIM1;k=ed25519 ; t=s; p= 11qYAYKxCrfVS/7TyWQHOg7h\t cvPapiMlrwIaaPcHURo='));
  });
});
