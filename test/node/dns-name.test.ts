import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dnsName } from '../../platform/node/dns-name.ts';
import { systemResolver } from '../../platform/node/resolver.ts';

describe('a name for the DNS', () => {
  it('is the whole of what was given, in ASCII', () => {
    for (const [text, name] of [
      ['example.net', 'example.net'],
      ['s1._domainkey.Example.net', 's1._domainkey.example.net'],
      ['bücher.example', 'xn--bcher-kva.example'],
      ['ann+tag.example.net', 'ann+tag.example.net'],
    ] as const)
      assert.equal(dnsName(text), name);
  });

  it('is none when a part of it would be left out: senders choose what names are made of', async () => {
    const resolver = systemResolver({ servers: ['127.0.0.1:9'], timeout: 1, tries: 1 }); // there is nobody to ask
    for (const mark of ['/', '\\', '?', '#', '@', ':', '%', ' ', '\t', '\n', '\r', '\0', '[', ']']) {
      const name = `forger.example${mark}x._spf.bank.example`;
      assert.equal(dnsName(name), undefined, JSON.stringify(mark));
      for (const answers of [resolver.txt(name), resolver.addresses(name), resolver.mx(name), resolver.pointers(name)]) {
        assert.deepEqual(await answers, []);
      }
    }
    assert.equal(dnsName(''), undefined);
  });
});
