import { CfnOutput, Fn } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { secretsPath, stageSecrets } from '../../platform/aws/stage-names.ts';
import type { StageContext } from '../context.ts';
import type { NetworkStack } from '../stacks/network-stack.ts';
import type { Edge } from './edge.ts';

export interface EdgeOutputsProps {
  readonly context: StageContext;
  readonly network: NetworkStack;
  readonly edge: Edge;
  readonly edge6: Edge | undefined;
}

/** What an operator does after a deploy, told by the deploy itself: records to set, the first account. */
export class EdgeOutputs extends Construct {
  constructor(scope: Construct, id: string, { context, network, edge, edge6 }: EdgeOutputsProps) {
    super(scope, id);
    const { hostname, stage, route } = context;
    const out = (name: string, description: string, value: string): void => {
      new CfnOutput(this, name, { description, value }).overrideLogicalId(name);
    };
    const addresses = Fn.join(
      ', ',
      network.edgeAddresses.map((address) => address.attrPublicIp),
    );
    out('BalancerName', 'Name of the balancer', edge.balancer.balancer.loadBalancerDnsName);
    out('RecordA', 'Set in DNS: addresses of the edge', Fn.join('', [`${hostname}. A `, addresses]));
    out('RecordMx', 'Set in DNS, for each domain whose mail comes here', `<domain>. MX 10 ${hostname}.`);
    out('RecordSpf', 'Set in DNS, for each domain that sends', Fn.join('', ['<domain>. TXT ', spf(context, network)]));
    out('RecordDkim', 'Makes a key and says what to set in DNS, for each domain that sends', dkim(context));
    if (edge6 !== undefined) {
      const { loadBalancerDnsName } = edge6.balancer.balancer;
      out('BalancerName6', 'Name of the balancer for IPv6: of its records only AAAA are for use', loadBalancerDnsName);
      const how = `${hostname}. AAAA: in Route 53 an alias to the name; elsewhere what this answers: dig +short AAAA `;
      out('RecordAaaa', 'Set in DNS: addresses of the edge', Fn.join('', [how, loadBalancerDnsName]));
    }
    if (network.outboundAddress !== undefined) {
      out('RecordOutbound', 'Set in DNS: what mail leaves from', Fn.join('', [`out.${hostname}. A `, network.outboundAddress]));
      const ptr = `Then name it by PTR: aws ec2 modify-address-attribute --domain-name out.${hostname} --allocation-id <of `;
      out('RecordPtr', 'What other servers ask for before they take mail', Fn.join('', [ptr, network.outboundAddress, '>']));
    }
    out(
      'Certificate',
      'Puts the certificate, its chain and its key into place; until then listeners make one of their own',
      `aws secretsmanager put-secret-value --secret-id ${secretsPath(stage)}${stageSecrets.certificate} --secret-string file://<all three as PEM>`,
    );
    if (route !== 'ses')
      out('Route', 'Sends mail that way; until then SES is asked', `npx mailweir --stage ${stage} settings set outbound/route ${route}`);
    out('FirstAccount', 'Makes the first account; asks for its password', `npx mailweir --stage ${stage} account add postmaster@<domain>`);
  }
}

/** Who may send for a domain, by the way its mail leaves. */
function spf({ route }: StageContext, { outboundAddress }: NetworkStack): string {
  const senders = {
    ses: '"v=spf1 include:amazonses.com ~all" (of the MAIL FROM domain that SES is given)',
    smarthost: '"v=spf1 include:<what the smarthost says> ~all"',
    direct: Fn.join('', ['"v=spf1 ip4:', outboundAddress ?? '<address of the NAT gateway>', ' -all"']),
  };
  return senders[route];
}

/** SES signs what it sends, with keys of its own. */
const dkim = ({ stage, route }: StageContext): string =>
  route === 'ses'
    ? "aws sesv2 create-email-identity --email-identity <domain> --query 'DkimAttributes.Tokens': each token a record <token>._domainkey.<domain>. CNAME <token>.dkim.amazonses.com."
    : `npx mailweir --stage ${stage} dkim add <domain>`;
