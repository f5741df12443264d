import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { before, describe, it } from 'node:test';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { parseContext } from '../../infra/context.ts';
import { SecurityChecks } from '../../infra/security-checks.ts';
import { makeStage } from '../../infra/stage-stacks.ts';
import { appOf, root, temporaryDirectory } from './stage-app.ts';

const parts = ['data', 'network', 'settings', 'delivery', 'edge', 'watch'];

interface Image {
  readonly source: { readonly directory: string; readonly platform: string };
}

describe('cdk synth in a fresh home, without docker, an account, a Region or a network', () => {
  const home = temporaryDirectory();
  const out = join(home, 'out');
  const read = (file: string) => JSON.parse(readFileSync(join(out, file), 'utf8'));
  let said = '';
  let took = 0;

  before(() => {
    const words = ['synth', '--quiet', '--no-notices', '--output', out, '-c', 'stage=prod'];
    // Of whoever runs the test only the node that runs it is passed on: no home with credentials, no docker.
    const env = {
      PATH: [dirname(process.execPath), '/bin'].join(':'),
      HOME: home,
      CDK_HOME: home,
      CDK_DOCKER: join(home, 'no-docker'),
      CDK_DISABLE_CLI_TELEMETRY: '1',
      AWS_EC2_METADATA_DISABLED: 'true',
    };
    const began = performance.now();
    const cdk = join(root.pathname, 'node_modules/aws-cdk/bin/cdk');
    const { status, stderr } = spawnSync(process.execPath, [cdk, ...words], { cwd: root, encoding: 'utf8', timeout: 600_000, env });
    assert.equal(status, 0, stderr);
    [said, took] = [stderr, performance.now() - began];
  });

  it('makes all stacks of the stage', (t) => {
    t.diagnostic(`npx cdk synth: ${(took / 1000).toFixed(1)} s`);
    const { artifacts } = read('manifest.json');
    for (const part of parts) assert.equal(artifacts[`mailweir-prod-${part}`].environment, 'aws://unknown-account/unknown-region');
  });

  it('warns of a hostname that is nobody’s', () => {
    assert.match(said, /mail\.example\.org is an example: deploy with -c hostname=/);
  });

  it('prepares one image for all services, for the processor that they run on', () => {
    const images: readonly Image[] = Object.values(read('mailweir-prod-edge.assets.json').dockerImages);
    assert.deepEqual(
      images.map(({ source }) => source.platform),
      ['linux/arm64'],
    );
    assert.ok(readdirSync(join(out, images[0]?.source.directory ?? '')).includes('Dockerfile'));
  });
});

describe('the whole app', () => {
  const code = { image: ContainerImage.fromRegistry('image'), functions: () => Code.fromInline('export const handler = () => {};') };
  const everything = { hostname: 'mail.mailweir.test', route: 'direct', ipv6: true, keepData: false, alarmEmail: 'ops@mailweir.test' };
  const app = appOf(everything);
  makeStage(app, parseContext(app.node), code);
  const { stacks } = app.synth(); // throws what the check of the whole app finds

  it('has, with every part that a stage may have, nothing that AwsSolutions of cdk-nag objects to and that nobody gives a reason for', () => {
    assert.deepEqual(new SecurityChecks(app).validateScope(app).violations, []);
  });

  it('holds no secret in any template', () => {
    for (const { template } of stacks) assert.doesNotMatch(JSON.stringify(template), /PRIVATE KEY|resolve:secretsmanager/);
  });

  it('gives no role a managed policy of AWS, which allows more than is asked for', () => {
    const roles = stacks.flatMap(({ template }) => Object.values(template.Resources).filter(isRole));
    assert.ok(roles.length > parts.length);
    for (const { Properties } of roles) assert.deepEqual(Properties.ManagedPolicyArns ?? [], []);
  });
});

interface Role {
  readonly Type: 'AWS::IAM::Role';
  readonly Properties: { readonly ManagedPolicyArns?: readonly unknown[] };
}
const isRole = (resource: unknown): resource is Role =>
  typeof resource === 'object' && resource !== null && 'Type' in resource && resource.Type === 'AWS::IAM::Role';
