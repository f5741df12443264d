import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { saysTooManyConnections } from '../../core/delivery/too-many-connections.ts';

describe('a 421 that says that too many connections are open', () => {
  for (const reply of [
    '421 4.7.0 mx.example.net Error: too many connections from 198.51.100.7',
    '421 Too many concurrent SMTP connections; please try again later.',
    '421 Too many concurrent SMTP connections from this IP address; please try again later.',
    '421 4.3.2 Too many open connections.',
    '421 4.3.2 The maximum number of concurrent server connections has exceeded a limit, closing transmission channel',
    '421 4.3.2 The maximum number of concurrent connections per resource forest has exceeded a limit',
    '421 mx.example.net Too many connected clients, try again in a moment',
    '421-4.7.0 Too many simultaneous connections, closing.',
    '421 4.7.0 mail.example.org Too many connections from this address! (20 of 20)',
    '421 4.3.2 mail.example.org Server too busy, try again later',
    '421 Maximum connections exceeded, try again some time later',
  ]) {
    it(`is known: ${reply}`, () => assert.ok(saysTooManyConnections(reply)));
  }

  for (const reply of [
    '421 4.3.2 Service not available, closing transmission channel',
    '421 4.4.2 mx.example.net Error: timeout exceeded',
    '421 4.7.0 Connection rate limit exceeded.',
    '421 4.7.28 Our system has detected an unusual rate of unsolicited mail',
    '421 4.7.0 mx.example.net Error: too many errors',
    '421 Max message per connection reached, closing transmission channel',
    '421 4.4.2 Connection time limit exceeded',
    '451 4.7.0 too many connections',
    '554 5.7.1 too many connections',
    'too many connections',
  ]) {
    it(`is told from: ${reply}`, () => assert.ok(!saysTooManyConnections(reply)));
  }
});
