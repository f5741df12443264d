import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { metrics, stageNamespace } from '../../core/observe/metrics.ts';
import { catalogue } from '../../core/settings/catalogue.ts';
import { parseContext } from '../../infra/context.ts';
import { DataStack } from '../../infra/stacks/data-stack.ts';
import { EdgeStack } from '../../infra/stacks/edge-stack.ts';
import { NetworkStack } from '../../infra/stacks/network-stack.ts';
import { edgePorts, healthPort, type ServiceName, services, talkPort } from '../../platform/aws/edge-ports.ts';
import { worldParameter } from '../../platform/aws/stage-names.ts';
import { taskEnvironment } from '../../platform/aws/task-environment.ts';
import { environment, mailEnvironment } from '../../platform/aws/world-names.ts';
import { appOf, oneOf, resources } from './stage-app.ts';

/** The edge over real stacks of data and network, and queues of nobody. */
function edgeOf(given: Readonly<Record<string, unknown>> = {}): EdgeStack {
  const app = appOf(given);
  const context = parseContext(app.node);
  const { stage, keepData, route, ipv6 } = context;
  const data = new DataStack(app, 'mailweir-test-data', { stage, keepData });
  const network = new NetworkStack(app, 'mailweir-test-network', { stage, route, ipv6 });
  const elsewhere = new Stack(app, 'elsewhere');
  const queue = (name: string) => new Queue(elsewhere, name);
  const queues = { outbound: queue('outbound'), local: queue('local'), collect: queue('collect') };
  const image = ContainerImage.fromRegistry('image');
  return new EdgeStack(app, 'mailweir-test-edge', { context, data, network, queues, image });
}

const edgeStack = edgeOf();
const edge = Template.fromStack(edgeStack);
const largeStack = edgeOf({
  smtpCpu: 8192,
  smtpMemory: 61_440,
  mailboxCpu: 8192,
  mailboxMemory: 61_440,
  ipv6: true,
  route: 'direct',
  keepData: false,
});
const large = Template.fromStack(largeStack);
const names: readonly ServiceName[] = ['smtp', 'mailbox'];
const listenersOf = (template: Template) =>
  Object.values(resources(template, 'AWS::ElasticLoadBalancingV2::Listener')).map((one) => one.Properties);
const targetsOf = (template: Template) =>
  Object.values(resources(template, 'AWS::ElasticLoadBalancingV2::TargetGroup')).map((one) => one.Properties);
const serviceOf = (name: ServiceName, template = edge) => oneOf(template, 'AWS::ECS::Service', `Edge${name}Service`).Properties;
const taskOf = (name: ServiceName, template = edge) => oneOf(template, 'AWS::ECS::TaskDefinition', `Edge${name}Task`).Properties;
const containerOf = (name: ServiceName, template = edge) => {
  const [container, ...more] = taskOf(name, template).ContainerDefinitions;
  assert.deepEqual(more, []);
  return container;
};
const variable = (container: { readonly Environment: readonly { readonly Name: string; readonly Value: string }[] }, name: string) =>
  container.Environment.find(({ Name }) => Name === name)?.Value;
type Attribute = { readonly Key: string; readonly Value: string };
const attributes = (list: readonly Attribute[]) => Object.fromEntries(list.map(({ Key, Value }) => [Key, Value]));

describe('the balancer', () => {
  const { Properties: balancer } = oneOf(edge, 'AWS::ElasticLoadBalancingV2::LoadBalancer', 'EdgeBalancer');

  it('faces the internet, over IPv4 alone: a client of the other kind of address would show the balancer’s own', () => {
    assert.equal(balancer.Scheme, 'internet-facing');
    assert.equal(balancer.IpAddressType, 'ipv4');
    assert.equal(balancer.Type, 'network');
  });

  it('has the Elastic IPs of the stage, so that A records stay right', () => {
    assert.equal(balancer.SubnetMappings.length, 2);
    for (const mapping of balancer.SubnetMappings) assert.match(JSON.stringify(mapping.AllocationId), /EdgeAddress\d.*AllocationId/);
  });

  it('has a security group from the first: a balancer made without one can never get one', () => {
    assert.match(JSON.stringify(balancer.SecurityGroups), /GroupsBalancer/);
  });

  it('cannot be deleted by mistake, and leads to the tasks of all zones: else a zone without a task refuses its share of clients', () => {
    assert.deepEqual(attributes(balancer.LoadBalancerAttributes), {
      'deletion_protection.enabled': 'true',
      'load_balancing.cross_zone.enabled': 'true',
    });
  });

  it('can be deleted where data may go too', () => {
    const { Properties } = oneOf(large, 'AWS::ElasticLoadBalancingV2::LoadBalancer', 'EdgeBalancer');
    assert.equal(attributes(Properties.LoadBalancerAttributes)['deletion_protection.enabled'], 'false');
  });
});

describe('what the balancer listens on', () => {
  it('is TCP at the seven ports that mail is known by; TLS ends in the task, since a TLS listener forgets a session after 350 s', () => {
    const ports = listenersOf(edge).map(({ Port, Protocol }) => [Protocol, Port]);
    assert.deepEqual(
      ports,
      Object.values(edgePorts).map(({ outside }) => ['TCP', outside]),
    );
  });

  it('keeps a silent session for an hour: an IMAP client in IDLE may be silent for 30 minutes', () => {
    for (const { ListenerAttributes } of listenersOf(edge)) {
      const { 'tcp.idle_timeout.seconds': seconds } = attributes(ListenerAttributes);
      assert.ok(Number(seconds) >= 2100 && Number(seconds) <= 6000, `${seconds} s`);
    }
  });

  it('leads to the port that the container has for it, above 1024, where no right is needed to listen', () => {
    const groups = resources(edge, 'AWS::ElasticLoadBalancingV2::TargetGroup');
    const led = listenersOf(edge).map(({ Port, DefaultActions: [action] }) => [Port, groups[action.TargetGroupArn.Ref]?.Properties.Port]);
    assert.deepEqual(
      led,
      Object.values(edgePorts).map(({ outside, container }) => [outside, container]),
    );
    for (const { container } of Object.values(edgePorts)) assert.ok(container > 1024);
  });
});

describe('the targets of the balancer', () => {
  for (const { Port, ...targets } of targetsOf(edge)) {
    describe(`at port ${Port}`, () => {
      const set = attributes(targets.TargetGroupAttributes);

      it('are tasks by their addresses, of IPv4', () => {
        assert.deepEqual([targets.TargetType, targets.IpAddressType, targets.Protocol], ['ip', 'ipv4', 'TCP']);
      });

      it('see the client’s own address, which AWS does not do for addresses unless told to: limits are per address', () => {
        assert.equal(set['preserve_client_ip.enabled'], 'true');
      });

      it('get no PROXY header, which comes with the client’s first octets: our protocols begin with the server’s', () => {
        assert.equal(set['proxy_protocol_v2.enabled'], 'false');
      });

      it('keep their sessions when three looks failed, which AWS would cut unless told not to', () => {
        assert.equal(set['target_health_state.unhealthy.connection_termination.enabled'], 'false');
      });

      it('keep their sessions when they leave, for as long as goodbyes are spread over, and are not cut after', () => {
        assert.equal(set['deregistration_delay.timeout_seconds'], '600');
        assert.equal(set['deregistration_delay.connection_termination.enabled'], 'false');
      });

      it('are looked at on a port of its own, so that a look is no session, and in HTTP, which a process that hangs does not answer', () => {
        const { HealthCheckPort, HealthCheckProtocol, HealthCheckIntervalSeconds } = targets;
        assert.deepEqual([HealthCheckProtocol, HealthCheckPort, HealthCheckIntervalSeconds], ['HTTP', String(healthPort), 10]);
      });
    });
  }
});

describe('the services', () => {
  it('are two, since one takes at most five groups of targets, and each leads to its own listeners', () => {
    edge.resourceCountIs('AWS::ECS::Service', 2);
    for (const name of names) {
      const ports = serviceOf(name).LoadBalancers.map(({ ContainerPort }: { readonly ContainerPort: number }) => ContainerPort);
      assert.deepEqual(
        ports,
        services[name].map((listener) => edgePorts[listener].container),
      );
      assert.ok(ports.length <= 5);
    }
  });

  for (const name of names) {
    describe(name, () => {
      const service = serviceOf(name);

      it('begins new tasks before old ones leave, and goes back by itself when the new ones do not come up', () => {
        assert.deepEqual(service.DeploymentConfiguration, {
          DeploymentCircuitBreaker: { Enable: true, Rollback: true },
          MinimumHealthyPercent: 100,
          MaximumPercent: 200,
        });
        assert.equal(service.HealthCheckGracePeriodSeconds, 120);
      });

      it('runs on demand: a spot task has two minutes for what takes a drain', () => {
        assert.equal(service.LaunchType, 'FARGATE');
        assert.equal(service.CapacityProviderStrategy, undefined);
      });

      it('runs where sysctls of net.* may be set', () => {
        assert.equal(service.PlatformVersion, '1.4.0');
      });

      it('comes back into both zones after one was away', () => {
        assert.equal(service.AvailabilityZoneRebalancing, 'ENABLED');
      });

      it('has a public address as its way to AWS’s services, and the group that lets in nobody but the balancer', () => {
        const { AssignPublicIp, SecurityGroups } = service.NetworkConfiguration.AwsvpcConfiguration;
        assert.equal(AssignPublicIp, 'ENABLED');
        assert.match(JSON.stringify(SecurityGroups), /GroupsTasks/);
      });

      it('says no number of tasks: a deploy in a rush would send away those that scaling brought', () => {
        assert.equal(service.DesiredCount, undefined);
      });

      it('has no shell for operators', () => {
        assert.equal(service.EnableExecuteCommand, false);
      });
    });
  }
});

describe('a task', () => {
  for (const name of names) {
    describe(`of ${name}`, () => {
      const task = taskOf(name);
      const container = containerOf(name);

      it('is an ARM one of the size that the context says', () => {
        assert.deepEqual(task.RuntimePlatform, { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' });
        assert.deepEqual([task.Cpu, task.Memory, task.NetworkMode], ['512', '1024', 'awsvpc']);
        const sized = taskOf(name, large);
        assert.deepEqual([sized.Cpu, sized.Memory], ['8192', '61440']);
      });

      it('is not root, writes no file and has no capability', () => {
        assert.equal(container.User, '1000:1000');
        assert.equal(container.ReadonlyRootFilesystem, true);
        assert.deepEqual(container.LinuxParameters.Capabilities.Drop, ['ALL']);
        assert.equal(container.Privileged, undefined);
      });

      it('has the ports of its listeners, one to be looked at and one to be talked to', () => {
        const ports = container.PortMappings.map(({ ContainerPort }: { readonly ContainerPort: number }) => ContainerPort);
        assert.deepEqual(ports, [...services[name].map((listener) => edgePorts[listener].container), healthPort, talkPort]);
      });

      it('may hold as many sockets as its memory holds sessions, several times over', () => {
        const files = (of: Template) => containerOf(name, of).Ulimits[0];
        assert.deepEqual(files(edge), { Name: 'nofile', SoftLimit: 65_535, HardLimit: 65_535 });
        assert.ok(files(large).SoftLimit > 2 * ((61_440 / 4) * 16)); // 64 KB a session, a quarter of the memory, two sockets
      });

      it('notices a client that vanished long before the balancer forgets it', () => {
        const controls = Object.fromEntries(
          container.SystemControls.map(({ Namespace, Value }: { readonly Namespace: string; readonly Value: string }) => [
            Namespace,
            Number(Value),
          ]),
        );
        const {
          'net.ipv4.tcp_keepalive_time': time,
          'net.ipv4.tcp_keepalive_intvl': every,
          'net.ipv4.tcp_keepalive_probes': probes,
        } = controls;
        assert.ok(time + every * probes < 600, JSON.stringify(controls));
      });

      it('has two minutes to end after it is told to, the most that there are', () => {
        assert.equal(container.StopTimeout, 120);
      });

      it('is begun again in its place when it crashes, and not when it ended well', () => {
        assert.deepEqual(container.RestartPolicy, { Enabled: true, IgnoredExitCodes: [0], RestartAttemptPeriod: 60 });
      });

      it('logs without waiting for the log, into a group that forgets after a month', () => {
        const { LogDriver, Options } = container.LogConfiguration;
        assert.equal(LogDriver, 'awslogs');
        assert.equal(Options.mode, 'non-blocking');
        const group = oneOf(edge, 'AWS::Logs::LogGroup', `Edge${name}`).Properties;
        assert.deepEqual([group.LogGroupName, group.RetentionInDays], [`/mailweir/test/${name}`, 30]);
      });

      it('knows how long it has from its being told to go to its end: the balancer’s time for it, and the two minutes after', () => {
        assert.equal(variable(container, taskEnvironment.drain), String(600 + 120));
      });

      it('knows how large its heap may become, which Node would take from the machine under it', () => {
        assert.equal(variable(container, 'NODE_OPTIONS'), `--max-old-space-size=${Math.floor(1024 * 0.6)}`);
      });

      it('is told its Region by name: the SDK looks nowhere else', () => {
        assert.deepEqual(variable(container, 'AWS_REGION'), { Ref: 'AWS::Region' });
      });

      it('finds what is the stage’s by its environment, in which no secret is', () => {
        const given = container.Environment.map(({ Name }: { readonly Name: string }) => Name);
        const wanted = [...Object.values(environment), ...Object.values(mailEnvironment), taskEnvironment.service];
        for (const one of wanted) assert.ok(given.includes(one), one);
        assert.equal(variable(container, taskEnvironment.service), name);
        assert.equal(container.Secrets, undefined);
      });
    });
  }
});

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** What the role of a service's tasks may do. */
function rightsOf(name: ServiceName): readonly Statement[] {
  return oneOf(edge, 'AWS::IAM::Policy', `Edge${name}TaskTaskRole`).Properties.PolicyDocument.Statement;
}
const on = (statements: readonly Statement[], resource: RegExp) =>
  statements.filter(({ Resource }) => resource.test(JSON.stringify(Resource)));
const actionsOf = (statements: readonly Statement[]) => [...new Set(statements.flatMap(({ Action }) => Action))].sort();

/** Of rows of mailboxes these attributes, by their short names; whoever names none is refused. */
const whatCounts = {
  Action: 'dynamodb:BatchGetItem',
  Condition: {
    Null: { 'dynamodb:LeadingKeys': 'false', 'dynamodb:Attributes': 'false' },
    'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['b/*'] },
    'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['pk', 'sk', 'n', 'us', 'dl', 'sz', 'rc', 'un', 'hm'] },
    StringEqualsIfExists: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
  },
};

describe('what a task may do', () => {
  it('names single actions, on tables, queues, the bucket and secrets of the stage alone', () => {
    for (const statement of names.flatMap(rightsOf)) {
      assert.equal(statement.Effect, 'Allow');
      for (const action of actionsOf([statement])) assert.match(action, /^(dynamodb|s3|sqs|secretsmanager):[A-Za-z]+$/);
      assert.notEqual(statement.Resource, '*');
    }
  });

  it('is of the service: what takes in mail from strangers reads counts of mailboxes, no message and no body', () => {
    const smtp = rightsOf('smtp');
    const partitions = on(smtp, /Mail/).map(({ Condition }) => Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys']);
    assert.deepEqual(partitions, [['u/*', 'accounts', 'changes'], ['b/*'], ['processes']]);
    const bodies = on(smtp, /Bodies/).map(({ Action, Resource }) => [Action, /"\/(.*?)"/.exec(JSON.stringify(Resource))?.[1]]);
    assert.deepEqual(bodies, [
      [['s3:AbortMultipartUpload', 's3:DeleteObject', 's3:PutObject'], 'spool/*'],
      ['s3:GetObject', 'spool/*.facts'],
    ]);
  });

  it('lets it hold quotas by the counts of mailboxes, which it must ask for by name', () => {
    const counting = on(rightsOf('smtp'), /Mail/).filter(({ Condition }) => JSON.stringify(Condition).includes('"b/*"'));
    assert.deepEqual(
      counting.map(({ Action, Condition }) => ({ Action, Condition })),
      [whatCounts],
    );
  });

  it('lets it check passwords and change none', () => {
    const [logIn] = on(rightsOf('smtp'), /Mail/);
    assert.deepEqual(logIn?.Action, ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query']);
  });

  it('lets only the service that takes in mail add to the spool and wake workers', () => {
    assert.deepEqual(actionsOf(on(rightsOf('smtp'), /Spool|outbound|local/)), [
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
      'sqs:SendMessage',
    ]);
    assert.deepEqual(on(rightsOf('mailbox'), /Spool|Queue|outbound|local|collect/i), []);
  });

  it('lets every listener read the certificate, and no other secret', () => {
    for (const name of names) {
      const secrets = on(rightsOf(name), /secretsmanager/);
      assert.deepEqual(actionsOf(secrets), ['secretsmanager:GetSecretValue']);
      assert.match(JSON.stringify(secrets[0]?.Resource), /secret:mailweir\/test\/certificate\*"/);
    }
  });

  it('lets whoever starts it pull the image and write its log', () => {
    for (const name of names) {
      const { Statement } = oneOf(edge, 'AWS::IAM::Policy', `Edge${name}TaskExecutionRole`).Properties.PolicyDocument;
      for (const action of actionsOf(Statement)) assert.match(action, /^(ecr|logs):/);
    }
  });
});

describe('the policy of operators', () => {
  const { Properties: policy } = oneOf(edge, 'AWS::IAM::ManagedPolicy', 'Operator');
  const statements: readonly Statement[] = policy.PolicyDocument.Statement;

  it('has a name that the stage’s gives, and is nobody’s by the deploy', () => {
    assert.equal(policy.ManagedPolicyName, 'mailweir-test-operator');
    assert.deepEqual([policy.Users, policy.Roles, policy.Groups], [undefined, undefined, undefined]);
  });

  it('lets its holder tune, ask processes, and find the stage', () => {
    assert.deepEqual(actionsOf(on(statements, /:lambda:/)), ['lambda:InvokeFunction']);
    assert.match(JSON.stringify(on(statements, /:lambda:/)), /function:mailweir-test-ask-processes/);
    assert.deepEqual(actionsOf(on(statements, /:ssm:/)), ['ssm:GetParameter', 'ssm:GetParametersByPath', 'ssm:PutParameter']);
  });

  it('writes rows of mailboxes, and reads no more than their counts', () => {
    const mailboxes = on(statements, /Mail/).filter(({ Condition }) => JSON.stringify(Condition).includes('"b/*"'));
    const [counting, writing, ...more] = mailboxes;
    assert.deepEqual(more, []);
    assert.deepEqual({ Action: counting?.Action, Condition: counting?.Condition }, whatCounts);
    assert.deepEqual(writing?.Action, [
      'dynamodb:BatchWriteItem',
      'dynamodb:ConditionCheckItem',
      'dynamodb:DeleteItem',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
    ]);
  });

  it('reaches annotations and lists of rights, which go with an account that is removed', () => {
    const reaching = on(statements, /Mail/).filter(
      ({ Condition }) => /"a\/\*"/.test(JSON.stringify(Condition)) && /"g\/\*"/.test(JSON.stringify(Condition)),
    );
    const actions = actionsOf(reaching);
    for (const action of ['Query', 'GetItem', 'DeleteItem', 'PutItem']) assert.ok(actions.includes(`dynamodb:${action}`), action);
  });

  it('lets its holder look at how mail would leave, hold hosts and see what is known of them', () => {
    const expected = ['BatchGetItem', 'DeleteItem', 'GetItem', 'Scan', 'UpdateItem'].map((action) => `dynamodb:${action}`);
    assert.deepEqual(actionsOf(on(statements, /Failures/)), expected);
  });

  it('reads bodies of the spool, which reports begin with, and none of mailboxes', () => {
    assert.deepEqual(
      on(statements, /:s3:|Bodies/).map(({ Resource }) => JSON.stringify(Resource).match(/"(\/[^"]*)"/)?.[1]),
      ['/spool/*'],
    );
  });

  it('is small enough for IAM, which takes 6,144 characters', () => {
    assert.ok(JSON.stringify(policy.PolicyDocument).length < 6_144); // references are longer in the template than what they stand for
  });
});

describe('how many tasks there are', () => {
  const policies = (name: ServiceName) =>
    Object.entries(resources(edge, 'AWS::ApplicationAutoScaling::ScalingPolicy'))
      .filter(([id]) => id.startsWith(`Edge${name}`))
      .map(([, { Properties }]) => Properties);

  for (const name of names) {
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
    for (const name of names) {
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
    Annotations.fromStack(edgeStack).hasNoWarning('*', Match.anyValue());
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
