import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MimePart } from '../../core/values/message-facts.ts';
import { decodedStructure } from '../../listeners/imap/decoded-structure.ts';
import { formatBodyStructure } from '../../listeners/imap/wire/format.ts';

const leaf = (params: MimePart['params'], more: Partial<MimePart> = {}): MimePart => ({
  type: 'application',
  subtype: 'pdf',
  params,
  encoding: '7bit',
  headerStart: 0,
  bodyStart: 0,
  bodyEnd: 9,
  lines: 1,
  ...more,
});
const octets = (text: string): string => Buffer.from(text).toString('latin1');
const paramsOf = (...params: MimePart['params']): MimePart['params'] => decodedStructure(leaf(params)).params;

describe('a structure for IMAP4rev2', () => {
  it('has extended parameters under their plain names, in UTF-8', () => {
    assert.deepEqual(paramsOf(['name*', "iso-8859-1'de'Pl%E4ne.pdf"]), [['name', octets('Pläne.pdf')]]);
    assert.deepEqual(paramsOf(['name*', "utf-8''%E2%82%AC%20rates"], ['x', '1']), [
      ['name', octets('€ rates')],
      ['x', '1'],
    ]);
  });

  it('has them once, also where the sender gave a plain one for old clients', () => {
    assert.deepEqual(paramsOf(['name', 'Plaene.pdf'], ['name*', "utf-8''Pl%C3%A4ne.pdf"]), [['name', octets('Pläne.pdf')]]);
  });

  it('survives what is no extended value', () => {
    assert.deepEqual(paramsOf(['name*', 'no apostrophes %zz']), [['name', 'no apostrophes %zz']]);
    assert.deepEqual(paramsOf(['name*', "no-such-charset''%E4"]), [['name', octets('ä')]]);
  });

  it('is decoded in parts, in messages inside and in dispositions', () => {
    const inside = leaf([['name*', "utf-8''%C3%A4"]], { disposition: { type: 'attachment', params: [['filename*', "utf-8''%C3%B6"]] } });
    const whole = leaf([], { type: 'multipart', subtype: 'mixed', parts: [inside] });
    const part = decodedStructure(whole).parts?.[0];
    assert.deepEqual([part?.params, part?.disposition?.params], [[['name', octets('ä')]], [['filename', octets('ö')]]]);
  });

  it('tells message/global like message/rfc822, which IMAP4rev1 can not', () => {
    const envelope = { from: [], sender: [], replyTo: [], to: [], cc: [], bcc: [] };
    const global = leaf([], { type: 'message', subtype: 'global', message: { envelope, structure: leaf([]) } });
    assert.match(
      formatBodyStructure(global, false, true),
      /^\("message" "global" NIL NIL NIL "7bit" 9 \(NIL.*\) \("application" "pdf".*\) 1\)$/,
    );
    assert.equal(formatBodyStructure(global, false), '("message" "global" NIL NIL NIL "7bit" 9)');
  });
});
