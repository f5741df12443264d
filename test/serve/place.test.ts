import assert from 'node:assert/strict';
import { it } from 'node:test';
import { fixedSettings } from '../../core/settings/fixed-settings.ts';
import { imapSettings, msaSettings, pop3Settings } from '../../core/settings/listeners.ts';
import { placeOf } from '../../listeners/this-machine.ts';

it('logins need TLS of 128 bits wherever others than this machine can listen', () => {
  for (const [bind, bits] of [
    ['127.0.0.1', 0],
    ['127.9.9.9', 0],
    ['::1', 0],
    ['0.0.0.0', 128],
    ['::', 128],
    ['192.0.2.1', 128],
    ['2001:db8::1', 128],
  ] as const) {
    const settings = fixedSettings({}, placeOf(bind));
    const all = [msaSettings, pop3Settings, imapSettings].map(({ minKeyBits }) => settings.get(minKeyBits));
    assert.deepEqual(all, [bits, bits, bits], bind);
  }
});
