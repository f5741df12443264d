import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatRouteChoice, parseRouteChoice } from '../../core/delivery/route-choice.ts';
import { addRouteRule, removeRouteRule } from '../../core/settings/change-route-rules.ts';
import { liveSettings } from '../../core/settings/resolve.ts';
import { mostRouteRules, parseRouteRule, parseRuleDomain } from '../../core/settings/route-rules.ts';
import type { Place } from '../../core/settings/setting.ts';
import { memorySource } from './memory-source.ts';

const here: Place = { world: 'embedded', loopbackOnly: true, hostname: 'mail.example.org', memory: 4 * 1024 ** 3 };

describe('a way out, as operators write it', () => {
  it('is read back as it was written', () => {
    for (const text of ['direct', 'smarthost', 'ses', 'mx.example.net:2525', '[2001:db8::1]:25', 'mx.example.net:587 me secret:relay']) {
      const choice = parseRouteChoice(text);
      assert.equal(choice === undefined ? choice : formatRouteChoice(choice), text);
    }
    assert.deepEqual(parseRouteChoice('mx.example.net'), { to: 'host', host: { host: 'mx.example.net', port: 25 } });
    assert.deepEqual(parseRouteChoice('ses:25'), { to: 'host', host: { host: 'ses', port: 25 } });
  });

  it('is nothing else', () => {
    for (const text of ['', 'none', 'DIRECT way', 'mx.example.net:0', 'mx.example.net:99999', 'me:secret@mx.example.net', 'a b', 'a\nb']) {
      assert.equal(parseRouteChoice(text), undefined, text);
    }
  });
});

describe('a rule', () => {
  it('is about a domain, all below one, or every one', () => {
    for (const text of ['example.net', '.example.net', '*', 'bücher.example', '_x.example.net'.slice(1)])
      assert.ok(parseRuleDomain(text), text);
    for (const text of ['', '.', '*.example.net', 'a..b', 'a b', 'a/b', 'a@b.example', '-a.example'])
      assert.equal(parseRuleDomain(text), undefined, text);
    assert.equal(parseRuleDomain('Example.NET'), 'example.net');
  });

  it('takes the place of the one before it, and there are so many and no more', () => {
    const rule = parseRouteRule('route/to/example.net', 'direct');
    assert.ok(!('fault' in rule));
    const full = new Map(Array.from({ length: mostRouteRules }, (_, i) => [`route/to/${i}.example`, 'direct']));
    assert.match(JSON.stringify(addRouteRule(full, rule)), /there are 1000 rules already/);
    const own = new Map([...full].slice(1)).set(rule.name, 'ses');
    assert.deepEqual(addRouteRule(own, rule), new Map([[rule.name, 'direct']]));
    assert.equal(removeRouteRule(full, 'to', 'example.net'), undefined);
  });

  it('is in force in running processes once it is set; a bad one is told and the others count', async () => {
    const source = memorySource({ 'route/to/example.net': 'direct', 'route/sideways/x': 'direct' });
    const told: string[] = [];
    const log = { event: (name: string, fields: object = {}) => void told.push(`${name} ${JSON.stringify(fields)}`), failure: () => {} };
    const settings = await liveSettings(source, here, log);
    const names = () => settings.routeRules().map(({ name }) => name);
    assert.deepEqual(names(), ['route/to/example.net']);
    assert.match(told[0] ?? '', /^settings-rejected .*names no route/);
    const changed: string[] = [];
    settings.onChange((those) => changed.push(...those));
    await source.write(new Map([['route/from/example.org', 'ses']]));
    await source.write(new Map([['route/to/example.net', 'mx.example.com me hunter2']]));
    assert.deepEqual(names(), ['route/from/example.org']);
    assert.deepEqual(changed, ['route/from/example.org', 'route/to/example.net']);
    assert.doesNotMatch(told.join(), /hunter2/);
  });
});
