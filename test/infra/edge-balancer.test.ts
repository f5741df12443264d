import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Template } from 'aws-cdk-lib/assertions';
import { edgePorts, healthPort } from '../../platform/aws/edge-ports.ts';
import { attributes, edge, largeEdge } from './edge-template.ts';
import { oneOf, resources } from './stage-app.ts';

const large = Template.fromStack(largeEdge());

const listenersOf = (template: Template) =>
  Object.values(resources(template, 'AWS::ElasticLoadBalancingV2::Listener')).map((one) => one.Properties);

const targetsOf = (template: Template) =>
  Object.values(resources(template, 'AWS::ElasticLoadBalancingV2::TargetGroup')).map((one) => one.Properties);

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
