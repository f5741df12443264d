import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { areas } from '../../core/settings/catalogue.ts';
import { unreadSettings } from './unread-settings.ts';

const root = new URL('../../', import.meta.url);
const files = globSync('{core,listeners,functions,platform}/**/*.ts', { cwd: root.pathname, exclude: ['core/settings/**'] });
const sources = files.map((file) => readFileSync(new URL(file, root), 'utf8'));

describe('every declared setting', () => {
  it('is read somewhere, so that nobody sets one without effect', () => {
    assert.deepEqual(unreadSettings(areas, sources), []);
  });

  it('is found unread by this test when only its name, an import or a comment mentions it', () => {
    const declared = { imapSettings: { idle: 1, gone: 1, hinted: 1 }, outboundSettings: { route: 1 } };
    const doubles = [
      `import { imapSettings } from '../core/settings/listeners.ts';\nif (settings.get(imapSettings.idle)) go(); // imapSettings.gone`,
      `import { listenerSettings } from '../core/settings/listeners.ts';\nconst hinted = 1; use(hinted);`,
      `settings.get(outboundSettings.route);`,
    ];
    assert.deepEqual(unreadSettings(declared, doubles), ['imapSettings.gone', 'imapSettings.hinted', 'outboundSettings.route']);
  });
});
