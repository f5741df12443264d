import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Template } from 'aws-cdk-lib/assertions';
import { edgePorts, healthPort, services, talkPort } from '../../platform/aws/edge-ports.ts';
import { taskEnvironment } from '../../platform/aws/task-environment.ts';
import { environment, mailEnvironment } from '../../platform/aws/world-names.ts';
import { containerOf, edge, largeEdge, serviceNames, serviceOf, taskOf, variable } from './edge-template.ts';
import { oneOf } from './stage-app.ts';

const large = Template.fromStack(largeEdge());

describe('the services', () => {
  it('are two, since one takes at most five groups of targets, and each leads to its own listeners', () => {
    edge.resourceCountIs('AWS::ECS::Service', 2);
    for (const name of serviceNames) {
      const ports = serviceOf(name).LoadBalancers.map(({ ContainerPort }: { readonly ContainerPort: number }) => ContainerPort);
      assert.deepEqual(
        ports,
        services[name].map((listener) => edgePorts[listener].container),
      );
      assert.ok(ports.length <= 5);
    }
  });

  for (const name of serviceNames) {
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
  for (const name of serviceNames) {
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
