// The parts of mailauth that we use; its own types cover only the entry that loads all of it.

declare module 'mailauth/lib/dkim/dkim-verifier.js' {
  import { Writable } from 'node:stream';
  import type { MailauthResolver, MethodResult } from 'mailauth/lib/spf/index.js';
  export interface DkimResult extends MethodResult {
    readonly signingDomain?: string;
  }
  export class DkimVerifier extends Writable {
    constructor(options: { resolver: MailauthResolver; strict?: boolean; sender?: string });
    readonly headerFrom: readonly string[];
    readonly signatureHeaders: readonly { readonly signingDomain?: string; readonly selector?: string }[];
    readonly arc: { readonly chain: unknown };
    readonly results: readonly DkimResult[];
  }
}

declare module 'mailauth/lib/spf/index.js' {
  export type MailauthResolver = (name: string, type: string) => Promise<unknown>;
  export interface MethodResult {
    readonly status: { readonly result: string; readonly underSized?: number };
    /** As RFC 8601 writes it. */
    readonly info: string;
  }
  export function spf(options: {
    sender: string;
    ip: string;
    helo: string;
    mta: string;
    resolver: MailauthResolver;
    strict?: boolean;
    maxElapsedTime?: number;
  }): Promise<MethodResult & { readonly domain: string }>;
}

declare module 'mailauth/lib/arc/index.js' {
  import type { MailauthResolver, MethodResult } from 'mailauth/lib/spf/index.js';
  export function arc(data: unknown, options: { resolver: MailauthResolver; strict?: boolean; ip?: string }): Promise<MethodResult>;
}

declare module 'mailauth/lib/dmarc/verify.js' {
  import type { MailauthResolver, MethodResult } from 'mailauth/lib/spf/index.js';
  export interface DmarcResult extends MethodResult {
    readonly policy?: 'none' | 'quarantine' | 'reject';
    /** The record as published. */
    readonly rr?: string;
  }
  export function evaluateDmarc(options: {
    headerFrom: readonly string[];
    fromFields: number;
    spfDomains: readonly string[];
    dkimDomains: readonly { readonly domain: string }[];
    resolver: MailauthResolver;
    strict?: boolean;
  }): Promise<{ readonly response: DmarcResult | false }>;
}

declare module 'mailauth/lib/dmarc/author-domain.js' {
  export function getAddressDomains(address: string): readonly { readonly authorDomain: string }[];
}
