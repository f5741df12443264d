import { selfSigned } from '../../../platform/node/certificates.ts';

const years = 365.25 * 86_400_000; // ms

/** Certificates as hosts show them. Nobody trusts any of them unless a test adds it to what the process trusts. */
export const certificateFor = (name: string) => selfSigned(name, Date.now());

/** One that was good for ten years and is not any more. */
export const expiredCertificateFor = (name: string) => selfSigned(name, Date.now() - 11 * years);
