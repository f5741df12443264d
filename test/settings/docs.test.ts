import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { catalogue } from '../../core/settings/catalogue.ts';
import { describeSettings } from '../../core/settings/describe.ts';

describe('docs/settings.md', () => {
  it('says what the catalogue says (npm run docs writes it anew)', () => {
    assert.equal(readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8'), describeSettings());
  });

  it('has a row for every setting', () => {
    const text = describeSettings();
    for (const { name } of catalogue) assert.ok(text.includes(`| \`${name}\` |`), name);
  });
});
