import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseAddress } from '../core/values/address.ts';
import { asciiDomain } from '../core/values/ascii-domain.ts';
import { applyFlagChange, parseFlag } from '../core/values/flags.ts';
import { type IpAddress, networkContains, networkOf, parseIp, parseNetwork } from '../core/values/network.ts';
import { formatNumberSet, inBoth, inNumberSet, numberSet, piecesOf, without } from '../core/values/number-set.ts';

const ip = (text: string): IpAddress => {
  const parsed = parseIp(text);
  assert.ok(parsed, text);
  return parsed;
};

describe('an address', () => {
  it('keeps its local part and has its domain in lower case', () =>
    assert.equal(parseAddress('Alice+News@EXAMPLE.org'), 'Alice+News@example.org'));
  it('may be quoted, international, or at an address literal', () => {
    for (const good of ['"a b"@x.org', '用户@例子.测试', 'a@[192.0.2.1]', 'a@[IPv6:2001:db8::1]', 'postmaster@localhost'])
      assert.ok(parseAddress(good), good);
  });
  it('never carries a line break, an angle, a space or a missing part', () => {
    for (const bad of [
      'a\r\n@x.org',
      'a>@x.org',
      'a b@x.org',
      '@x.org',
      'a@',
      'a@-x',
      'a@x..y',
      `${'l'.repeat(65)}@x.org`,
      'a@x\n.org',
      '"a\r"@x.org',
    ]) {
      assert.equal(parseAddress(bad), undefined, bad);
    }
  });
});

describe('a domain', () => {
  it('is one domain in letters of any script and in ASCII', () => {
    assert.equal(asciiDomain('b\u00fccher.example'), 'xn--bcher-kva.example');
    assert.equal(asciiDomain('bu\u0308cher.example'), 'xn--bcher-kva.example');
    assert.equal(asciiDomain('xn--bcher-kva.example'), 'xn--bcher-kva.example');
    assert.equal(asciiDomain('.b\u00fccher.example'), '.xn--bcher-kva.example');
    assert.equal(asciiDomain('my_host.Example'), 'my_host.Example');
    assert.equal(asciiDomain('[IPv6:2001:db8::1]'), '[IPv6:2001:db8::1]');
    assert.equal(asciiDomain('0x7f.1'), '0x7f.1', 'no number is read as an address');
    assert.equal(asciiDomain('\uff11\uff12\uff17.1'), '127.1');
    assert.equal(asciiDomain('a\u200d.example'), 'a\u200d.example', 'what has no such form stays');
  });
});

describe('a client network', () => {
  it('unwraps v4-mapped addresses, so that one client is counted once', () => assert.equal(ip('::ffff:203.0.113.9'), '203.0.113.9'));
  it('is the address cut to the prefix', () => {
    assert.equal(networkOf(ip('203.0.113.9'), 24, 64), '203.0.113.0/24');
    assert.equal(networkOf(ip('2001:db8:1:2:3::9'), 32, 64), '2001:db8:1:2::/64');
    assert.equal(networkOf(ip('203.0.113.9'), 32, 64), '203.0.113.9/32');
  });
  it('contains the addresses of its prefix only', () => {
    const ten = parseNetwork('10.1.2.3/8');
    assert.ok(ten);
    assert.equal(ten, '10.0.0.0/8');
    assert.ok(networkContains(ten, ip('10.255.0.1')));
    assert.ok(!networkContains(ten, ip('11.0.0.1')));
    assert.ok(!networkContains(ten, ip('::1')));
    assert.equal(parseNetwork('10.0.0.0/33'), undefined);
  });
});

describe('a set of numbers', () => {
  it('has what is in both, and what is in one without the other', () => {
    const some = fc.uniqueArray(fc.nat(40));
    fc.assert(
      fc.property(some, some, (a, b) => {
        assert.deepEqual(inBoth(numberSet(a), numberSet(b)), numberSet(a.filter((n) => b.includes(n))));
        assert.deepEqual(without(numberSet(a), numberSet(b)), numberSet(a.filter((n) => !b.includes(n))));
      }),
    );
  });
  it('prints the way IMAP writes it', () => assert.equal(formatNumberSet(numberSet([7, 3, 1, 2, 3, 9, 8])), '1:3,7:9'));
  it('comes in pieces that hold all of it', () => {
    const pieces = (numbers: readonly number[], size: number) => [...piecesOf(numberSet(numbers), size)].map(formatNumberSet);
    assert.deepEqual(pieces([1, 2, 3, 4, 5, 8, 10, 11], 3), ['1:3', '4:5,8', '10:11']);
    assert.deepEqual(pieces([1, 2, 3, 4], 2), ['1:2', '3:4']);
    assert.deepEqual(pieces([7], 50), ['7']);
    assert.deepEqual(pieces([], 50), []);
  });
  it('finds its members and nothing else', () => {
    const set = numberSet([1, 2, 5, 9, 10]);
    assert.deepEqual(
      [0, 1, 2, 3, 5, 8, 9, 10, 11].filter((n) => inNumberSet(set, n)),
      [1, 2, 5, 9, 10],
    );
  });
});

describe('flags', () => {
  const flag = (text: string) => {
    const parsed = parseFlag(text);
    assert.ok(parsed);
    return parsed;
  };
  it('are compared without case, and \\Recent is never one', () => {
    assert.equal(parseFlag('\\SEEN'), '\\Seen');
    assert.equal(parseFlag('\\Recent'), undefined);
    assert.deepEqual(applyFlagChange([flag('$Work')], { how: 'add', flags: [flag('$WORK')] }), ['$Work']);
  });
  it('are added, removed and replaced', () => {
    const [a, b] = [flag('\\Seen'), flag('todo')];
    assert.deepEqual(applyFlagChange([a], { how: 'add', flags: [b, b] }), [a, b]);
    assert.deepEqual(applyFlagChange([a, b], { how: 'remove', flags: [flag('TODO')] }), [a]);
    assert.deepEqual(applyFlagChange([a], { how: 'replace', flags: [b] }), [b]);
  });
});
