import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { metrics, stageNamespace } from '../../core/observe/metrics.ts';
import { catalogue } from '../../core/settings/catalogue.ts';
import type { ServiceName } from '../../platform/aws/edge-ports.ts';
import { worldParameter } from '../../platform/aws/stage-names.ts';
import { taskEnvironment } from '../../platform/aws/task-environment.ts';
import { environment, mailEnvironment } from '../../platform/aws/world-names.ts';
import { containerOf, edge, edgeOf, largeEdge, serviceNames, variable } from './edge-template.ts';
import { oneOf, resources } from './stage-app.ts';

const largeStack = largeEdge();
const large = Template.fromStack(largeStack);

describe('how many tasks there are', () => {
  const policies = (name: ServiceName) =>
    Object.entries(resources(edge, 'AWS::ApplicationAutoScaling::ScalingPolicy'))
      .filter(([id]) => id.startsWith(`Edge${name}`))
      .map(([, { Properties }]) => Properties);

  for (const name of serviceNames) {
    it(`is kept between what the context says for ${name}`, () => {
      const { MinCapacity, MaxCapacity } = oneOf(edge, 'AWS::ApplicationAutoScaling::ScalableTarget', `Edge${name}`).Properties;
      assert.deepEqual([MinCapacity, MaxCapacity], [2, 10]);
    });

    it(`follows CPU of ${name}, for the hashing of passwords and TLS`, () => {
      const cpu = policies(name).filter(
        ({ TargetTrackingScalingPolicyConfiguration: { PredefinedMetricSpecification: of } }) => of !== undefined,
      );
      assert.deepEqual(
        cpu.map(({ TargetTrackingScalingPolicyConfiguration: of }) => of.PredefinedMetricSpecification.PredefinedMetricType),
        ['ECSServiceAverageCPUUtilization'],
      );
    });

    it(`follows used slots per task of ${name}, which fall when tasks come; used slots of a limit do not, and would never come to rest`, () => {
      const [{ TargetTrackingScalingPolicyConfiguration: policy }, ...more] = policies(name).filter(
        ({ TargetTrackingScalingPolicyConfiguration: { CustomizedMetricSpecification: of } }) => of !== undefined,
      );
      assert.deepEqual(more, []);
      const queries = policy.CustomizedMetricSpecification.Metrics;
      const returned = queries.filter(({ ReturnData }: { readonly ReturnData: boolean }) => ReturnData);
      assert.deepEqual(
        returned.map(({ Expression }: { readonly Expression: string }) => Expression),
        ['100 * (FILL(used1, 0) + FILL(used2, 0)) / (tasks * 4096)'], // 1 GiB: a quarter of it, 64 KB a session
      );
      assert.ok(policy.TargetValue < 100 / 1.5, 'a task that is lost leaves its sessions to the others');
      assert.ok(policy.ScaleInCooldown > 600, 'a task leaves by a drain');
    });

    it(`reads of ${name} metrics that listeners tell, of limits that there are`, () => {
      const [{ TargetTrackingScalingPolicyConfiguration: policy }] = policies(name).filter(
        ({ PolicyName }: { readonly PolicyName: string }) => PolicyName === 'slots',
      );
      const stats = policy.CustomizedMetricSpecification.Metrics.flatMap((one: { readonly MetricStat?: unknown }) => one.MetricStat ?? []);
      const told = stats.filter(
        ({ Metric: { Namespace } }: { readonly Metric: { readonly Namespace: string } }) => Namespace === stageNamespace('test'),
      );
      assert.equal(told.length, 2);
      for (const { Metric: metric, Stat } of told) {
        assert.deepEqual([metric.MetricName, Stat], [metrics.slotsUsed.name, metrics.slotsUsed.statistic]);
        const [{ Name, Value }] = metric.Dimensions;
        assert.deepEqual([Name], [...metrics.slotsUsed.dimensions]);
        assert.ok(
          catalogue.some((setting) => setting.name === Value),
          Value,
        );
      }
    });
  }
});

describe('the edge for IPv6', () => {
  it('is a balancer and two services of its own, whose targets are reached by IPv6', () => {
    large.resourceCountIs('AWS::ElasticLoadBalancingV2::LoadBalancer', 2);
    large.resourceCountIs('AWS::ECS::Service', 4);
    const { Properties: balancer } = oneOf(large, 'AWS::ElasticLoadBalancingV2::LoadBalancer', 'Edge6Balancer');
    assert.equal(balancer.IpAddressType, 'dualstack');
    const groups = Object.entries(resources(large, 'AWS::ElasticLoadBalancingV2::TargetGroup'));
    const kinds = new Set(groups.map(([id, { Properties }]) => `${id.startsWith('Edge6')} ${Properties.IpAddressType}`));
    assert.deepEqual(kinds, new Set(['false ipv4', 'true ipv6']));
  });

  it('listens on both kinds of addresses, for which it is told to', () => {
    for (const name of serviceNames) {
      const [container] = oneOf(large, 'AWS::ECS::TaskDefinition', `Edge6${name}Task`).Properties.ContainerDefinitions;
      assert.equal(variable(container, taskEnvironment.bind), '::');
      assert.equal(variable(containerOf(name, large), taskEnvironment.bind), undefined);
    }
  });

  it('says at the deploy what AWS does not say of it', () => {
    Annotations.fromStack(largeStack).hasWarning(
      '/mailweir-test-edge',
      Match.stringLikeRegexp('See that the targets of the second balancer are healthy'),
    );
    Annotations.fromStack(edgeOf()).hasNoWarning('*', Match.anyValue());
  });

  it('logs apart from the other', () => {
    const groups = Object.values(resources(large, 'AWS::Logs::LogGroup')).map(({ Properties }) => Properties.LogGroupName);
    assert.equal(new Set(groups).size, 4);
  });
});

describe('what the deploy tells', () => {
  const outputs = (template: Template) => template.toJSON().Outputs as Readonly<Record<string, { readonly Value: unknown }>>;
  const told = (name: string, template = edge) => JSON.stringify(outputs(template)[name]?.Value);

  it('is the balancer, the records to set and how the first account is made', () => {
    const names = ['BalancerName', 'RecordA', 'RecordMx', 'RecordSpf', 'RecordDkim', 'Certificate', 'FirstAccount'];
    assert.deepEqual(Object.keys(outputs(edge)), names);
    assert.match(told('RecordA'), /mail\.example\.org\. A .*EdgeAddress1.*EdgeAddress2/);
    assert.match(told('RecordMx'), /MX 10 mail\.example\.org\./);
    assert.match(told('Certificate'), /put-secret-value --secret-id mailweir\/test\/certificate /);
    assert.match(told('FirstAccount'), /npx mailweir --stage test account add/);
  });

  it('lets SES send for a domain on the route ses, and sign with its own keys', () => {
    assert.match(told('RecordSpf'), /include:amazonses\.com/);
    assert.match(told('RecordDkim'), /aws sesv2 create-email-identity/);
  });

  it('names the address that mail leaves from on the route direct, and how it gets its PTR record', () => {
    assert.match(told('RecordSpf', large), /ip4:.*OutboundAddress/);
    assert.match(told('RecordOutbound', large), /out\.mail\.example\.org\. A .*OutboundAddress/);
    assert.match(told('RecordPtr', large), /modify-address-attribute --domain-name out\.mail\.example\.org/);
    assert.match(told('RecordDkim', large), /npx mailweir --stage test dkim add/);
    assert.match(told('Route', large), /npx mailweir --stage test settings set outbound\/route direct/);
  });

  it('names where AAAA records lead when there is IPv6', () => {
    assert.match(told('RecordAaaa', large), /AAAA.*Edge6Balancer/);
  });
});

describe('the parameter of the world', () => {
  it('tells the command line what tasks are told, under a name that the stage’s name alone gives', () => {
    const { Properties: parameter } = oneOf(edge, 'AWS::SSM::Parameter', 'World');
    assert.equal(parameter.Name, worldParameter('test'));
    for (const variable of [...Object.values(environment), ...Object.values(mailEnvironment)]) {
      assert.match(JSON.stringify(parameter.Value), new RegExp(variable));
    }
  });
});
