import assert from 'node:assert/strict';
import { it } from 'node:test';
import { peerKey } from '../../core/delivery/failure-cache.ts';
import { recipientsByHop } from '../../core/delivery/recipients.ts';
import type { Address } from '../../core/values/address.ts';

const remote = (address: string) => ({ address: address as Address, destination: { kind: 'remote' } as const });

it('recipients at one domain are one next hop, however it is written; who differs in more than that gets a copy each', () => {
  const [hop, ...others] = recipientsByHop(
    ['ann@b\u00fccher.example', 'bob@xn--bcher-kva.example', 'Bob@xn--bcher-kva.example'].map(remote),
  );
  assert.deepEqual(hop?.nextHop, { kind: 'domain', domain: 'xn--bcher-kva.example' });
  assert.deepEqual(
    hop?.recipients.map(({ address }) => address),
    ['ann@b\u00fccher.example', 'bob@xn--bcher-kva.example', 'Bob@xn--bcher-kva.example'],
  );
  assert.deepEqual(others, []);
});

it('a hold of a domain meets its mail, however it is written', () => {
  assert.equal(peerKey({ kind: 'hop', domain: 'b\u00fccher.example' }), peerKey({ kind: 'hop', domain: 'xn--bcher-kva.example' }));
});
