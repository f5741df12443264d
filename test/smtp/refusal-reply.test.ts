import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Refusal } from '../../core/values/refusal.ts';
import { greetingRefusal } from '../../listeners/smtp/refusal-reply.ts';

const told = (refusal: Refusal): string => greetingRefusal(refusal, 'mx.example.org');

describe('an SMTP client that is turned away', () => {
  it('reads the words of the contract', () => {
    assert.equal(told({ refused: 'total-full' }), '421 4.3.2 mx.example.org Server too busy, try again later\r\n');
    assert.equal(
      told({ refused: 'address-full', used: 5, limit: 5 }),
      '421 4.7.0 mx.example.org Too many connections from this address! (5 of 5)\r\n',
    );
    assert.equal(told({ refused: 'store-unavailable' }), '421 4.3.0 Try again later\r\n');
    assert.match(told({ refused: 'draining' }), /^421 4\.3\.2 mx\.example\.org /);
  });
});
