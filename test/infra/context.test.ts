import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { App } from 'aws-cdk-lib';
import { parseContext, type StageContext } from '../../infra/context.ts';
import { root } from './stage-app.ts';

const needed = { stage: 'test', hostname: 'mail.example.org' };
const givenSubnets = {
  vpcAvailabilityZones: 'eu-west-1a,eu-west-1b',
  vpcPublicSubnets: 'subnet-0000000a,subnet-0000000b',
  vpcFunctionSubnets: ['subnet-0000000c', 'subnet-0000000d'],
};
const parsed = (context: Readonly<Record<string, unknown>>): StageContext =>
  parseContext(new App({ context: { ...needed, ...context } }).node);

describe('what a stage is built by', () => {
  it('needs a stage and a hostname, and has a stated value for all else', () => {
    assert.deepEqual(parsed({}), {
      stage: 'test',
      hostname: 'mail.example.org',
      route: 'ses',
      ipv6: false,
      maxAzs: 2,
      smtp: { cpu: 512, memory: 1024, minTasks: 2, maxTasks: 10 },
      mailbox: { cpu: 512, memory: 1024, minTasks: 2, maxTasks: 10 },
      keepData: true,
      runbook: 'docs/runbook.md',
    });
  });

  it('is the same from cdk.json, where values have types, and from the command line, where all are text', () => {
    const typed = { ipv6: true, maxAzs: 3, keepData: false, smtpCpu: 1024, smtpMemory: 4096, mailboxMinTasks: 3, mailboxMaxTasks: 70 };
    const texts = Object.fromEntries(Object.entries(typed).map(([name, value]) => [name, String(value)]));
    assert.deepEqual(parsed(texts), parsed(typed));
    assert.deepEqual(parsed(typed).smtp, { cpu: 1024, memory: 4096, minTasks: 2, maxTasks: 10 });
  });

  it('may be a VPC that stands already, told whole', () => {
    const vpc = { vpcId: 'vpc-0a1b2c3d', ...givenSubnets };
    assert.deepEqual(parsed(vpc).vpc, {
      vpcId: 'vpc-0a1b2c3d',
      availabilityZones: ['eu-west-1a', 'eu-west-1b'],
      publicSubnetIds: ['subnet-0000000a', 'subnet-0000000b'],
      functionSubnetIds: ['subnet-0000000c', 'subnet-0000000d'],
    });
    assert.throws(() => parsed({ ...vpc, vpcPublicSubnets: 'subnet-0000000a' }), /vpcPublicSubnets: give one subnet for each/);
    assert.throws(() => parsed({ vpcId: 'vpc-0a1b2c3d' }), /vpcAvailabilityZones undefined: give as in eu-west-1a,eu-west-1b/);
  });

  const refused: readonly (readonly [string, unknown, RegExp])[] = [
    ['stage', 'Prod', /^Error: stage "Prod": give 2 to 20 of a-z/],
    ['hostname', 'mail', /^Error: hostname "mail": give the name of the edge/],
    ['hostname', 'ma il.example.org', /^Error: hostname "ma il.example.org": give/],
    ['hostname', undefined, /^Error: hostname undefined: give/],
    ['route', 'mx', /^Error: route "mx": give one of ses, smarthost, direct/],
    ['ipv6', 'yes', /^Error: ipv6 "yes": give true or false/],
    ['maxAzs', 0, /^Error: maxAzs 0: give a whole number from 1 to 6/],
    ['maxAzs', '2.5', /^Error: maxAzs "2.5": give a whole number/],
    ['vpcId', 'vpc-x', /^Error: vpcId "vpc-x": give the id of a VPC|^Error: vpcAvailabilityZones/],
    ['smtpCpu', 500, /^Error: smtpCpu "500": give one of 256, 512, 1024, 2048, 4096, 8192, 16384/],
    ['smtpMemory', 512, /^Error: smtpMemory 512: give a whole number from 1024 to 4096/],
    ['mailboxMemory', 1500, /^Error: mailboxMemory 1500: with 512 CPU units Fargate sells 1024 to 4096 MiB in steps of 1024/],
    ['mailboxMinTasks', 71, /^Error: mailboxMinTasks 71: give a whole number from 1 to 70/],
    ['mailboxMaxTasks', 1, /^Error: mailboxMaxTasks 1: give a whole number from 2 to 70/],
    ['alarmEmail', 'ops', /^Error: alarmEmail "ops": give an address/],
    ['keepData', 1, /^Error: keepData 1: give true or false/],
    ['runbook', 'our wiki', /^Error: runbook "our wiki": give a place without spaces/],
  ];
  for (const [name, value, message] of refused) {
    it(`is refused by name when ${name} is ${JSON.stringify(value) ?? 'missing'}, and what may stand there is told`, () => {
      assert.throws(() => parsed({ [name]: value }), message);
    });
  }

  it('is told in docs/context.md, every value by its name', () => {
    const asked = new Set<string>();
    const { node } = new App({ context: { ...needed, vpcId: 'vpc-0a1b2c3d', ...givenSubnets } });
    const plain = node.tryGetContext.bind(node);
    node.tryGetContext = (name) => {
      asked.add(name);
      return plain(name);
    };
    parseContext(node);
    const rows = readFileSync(new URL('docs/context.md', root), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    const told = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name));
    assert.deepEqual(told.toSorted(), [...asked].toSorted());
  });

  it('sells no task of a quarter vCPU with 1,536 MiB, which Fargate does not either', () => {
    assert.throws(() => parsed({ smtpCpu: 256, smtpMemory: 1536 }), /smtpMemory 1536/);
    assert.equal(parsed({ smtpCpu: 256, smtpMemory: 2048 }).smtp.memory, 2048);
  });
});
