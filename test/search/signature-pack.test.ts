import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readPack, writePack } from '../../core/mailbox/search/signature-pack.ts';

describe('a pack of signatures', () => {
  it('is read as it was written', () => {
    const signatures = new Map([
      [512, Uint8Array.of(1, 2)],
      [767, Uint8Array.of(3)],
    ]);
    assert.deepEqual(readPack(2, writePack(2, signatures)), new Map([...signatures].map(([uid, octets]) => [uid, Buffer.from(octets)])));
  });

  it('that another version wrote says nothing: texts were compared in another form', () => {
    const octets = Uint8Array.from(writePack(0, new Map([[1, Uint8Array.of(1)]])));
    octets[0] = (octets[0] ?? 0) - 1;
    assert.equal(readPack(0, octets), undefined);
  });
});
