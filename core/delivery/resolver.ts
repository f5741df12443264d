import type { IpAddress } from '../values/network.ts';

/** DNS as delivery needs it. A name that does not exist or has no such record is `[]`; anything temporary throws DnsTemporary. */
export interface Resolver {
  mx(domain: string): Promise<readonly { readonly preference: number; readonly host: string }[]>;
  /** In no order. @param family only these, whatever becomes of the others. @default both, and one family's failure is none while the other answers */
  addresses(host: string, family?: 4 | 6): Promise<readonly IpAddress[]>;
  /** One string per record, its parts joined. */
  txt(name: string): Promise<readonly string[]>;
  /** @param name of the reverse zone: `1.2.0.192.in-addr.arpa` */
  pointers(name: string): Promise<readonly string[]>;
}

export class DnsTemporary extends Error {
  override readonly name = 'DnsTemporary';
}
