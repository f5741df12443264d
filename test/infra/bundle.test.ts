import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { bundleFunctions, bundleListeners, bundleStage, listenersEntry } from '../../infra/bundle/bundle.ts';
import { temporaryDirectory } from './stage-app.ts';

describe('the code of a stage', () => {
  it('is of the same octets whatever it is bundled with, and wherever: nothing is deployed anew that did not change', () => {
    const [functions, image, alone] = [temporaryDirectory(), temporaryDirectory(), temporaryDirectory()];
    const names = ['apply-settings', 'tidy'];
    assert.deepEqual(Object.keys(bundleStage(names, functions, image)), [...names, 'listeners']);
    bundleFunctions(['tidy'], alone);
    bundleListeners(join(alone, 'image'));
    assert.deepEqual(readdirSync(functions).toSorted(), names);
    const same = (one: string, other: string): void => {
      assert.deepEqual(readdirSync(one), readdirSync(other));
      for (const file of readdirSync(one)) assert.ok(readFileSync(join(one, file)).equals(readFileSync(join(other, file))), file);
    };
    same(join(functions, 'tidy'), join(alone, 'tidy'));
    same(image, join(alone, 'image'));
    assert.ok(readdirSync(image).includes(listenersEntry));
  });

  it('names its sources by paths that hold nothing of the machine it is built on', () => {
    const directory = temporaryDirectory();
    bundleFunctions(['tidy'], directory);
    const { sources } = JSON.parse(readFileSync(join(directory, 'tidy/index.mjs.map'), 'utf8'));
    assert.ok(sources.includes('../../../functions/tidy.ts'));
    for (const source of sources) assert.match(source, /^\.\.\/\.\.\/\.\.\/(core|functions|platform|node_modules)\//);
  });
});
