import type { IpAddress } from '../values/network.ts';

/** DNS as delivery needs it. A name that does not exist or has no such record is `[]`; anything temporary throws DnsTemporary. */
export interface Resolver {
  mx(domain: string): Promise<readonly { readonly preference: number; readonly host: string }[]>;
  addresses(host: string): Promise<readonly IpAddress[]>;
}

export class DnsTemporary extends Error {
  override readonly name = 'DnsTemporary';
}
