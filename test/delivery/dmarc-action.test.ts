import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dmarcAction } from '../../core/delivery/dmarc-action.ts';
import type { DmarcFinding } from '../../core/delivery/sender-authentication.ts';

const finding = (more: Partial<DmarcFinding>): DmarcFinding => ({
  domain: 'example.net',
  result: 'fail',
  policy: 'reject',
  percent: 100,
  ...more,
});
const always = (): number => 0;
const act = (findings: readonly DmarcFinding[], strongest: 'off' | 'quarantine' | 'reject', random = always) =>
  dmarcAction(findings, strongest, random).action;

describe('what is done with a message by DMARC', () => {
  it('is what its domain asks for, and never more than the setting allows', () => {
    const done = (['none', 'quarantine', 'reject'] as const).map((policy) =>
      (['off', 'quarantine', 'reject'] as const).map((strongest) => act([finding({ policy })], strongest)),
    );
    assert.deepEqual(done, [
      ['deliver', 'deliver', 'deliver'],
      ['deliver', 'quarantine', 'quarantine'],
      ['deliver', 'quarantine', 'reject'],
    ]);
  });

  it('is nothing when it passed, or could not be looked up', () => {
    for (const result of ['pass', 'none', 'temperror', 'permerror'] as const) assert.equal(act([finding({ result })], 'reject'), 'deliver');
    assert.equal(act([], 'reject'), 'deliver');
  });

  it('is one step weaker for those that pct leaves out (RFC 7489 section 6.6.4)', () => {
    const outside = (): number => 0.25;
    assert.equal(act([finding({ percent: 25 })], 'reject', outside), 'quarantine');
    assert.equal(act([finding({ percent: 26 })], 'reject', outside), 'reject');
    assert.equal(act([finding({ percent: 0, policy: 'quarantine' })], 'reject', always), 'deliver');
  });

  it('is the strictest that any author domain asks for, also when another one passes (RFC 7489 section 6.6.1)', () => {
    const findings = [
      finding({ domain: 'a.example', result: 'pass' }),
      finding({ domain: 'b.example', policy: 'quarantine' }),
      finding({ domain: 'c.example' }),
    ];
    assert.deepEqual(dmarcAction(findings, 'reject', always), { action: 'reject', domain: 'c.example' });
  });
});
