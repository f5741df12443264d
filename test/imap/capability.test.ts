import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { imapSettings } from '../../core/settings/listeners.ts';
import { capabilities } from '../../listeners/imap/capability.ts';

type Asked = Parameters<typeof capabilities>[1];

const toldWith = (idle: boolean): readonly string[] => {
  const settings = { get: (setting: unknown) => (setting === imapSettings.idle ? idle : undefined) };
  const asked = { settings, connection: { tls: undefined }, session: { mayLogin: () => undefined } } as unknown as Asked;
  return capabilities('authenticated', asked).split(' ');
};

describe('capabilities after a login', () => {
  it('name IDLE only while it is switched on', () => {
    assert.ok(toldWith(true).includes('IDLE'));
    assert.ok(!toldWith(false).includes('IDLE'));
  });

  it('name each once', () => {
    const told = toldWith(true);
    assert.equal(new Set(told).size, told.length);
  });
});
