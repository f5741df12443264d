import type { Signature } from './signature.ts';

/** UIDs whose signatures stand together. */
export const packSize = 256;
/** Octets of a pack; messages that do not go into it are read. */
const mostOctets = 2 * 1024 * 1024;

export const packOf = (uid: number): number => Math.floor(uid / packSize);
export const firstUidOf = (pack: number): number => pack * packSize;

/** Signatures by UID. */
export type SignaturePack = ReadonlyMap<number, Signature>;

/** To be raised whenever the form changes in which texts are compared: packs of before say nothing any more. */
const version = 3;

/** A byte of version; then of each message its place in the pack (a byte), the length of its signature (three, the highest first) and that. */
export function writePack(pack: number, signatures: SignaturePack): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(version)];
  let size = 1;
  for (const [uid, signature] of signatures) {
    const { length } = signature;
    if (size + 4 + length > mostOctets) continue;
    parts.push(Uint8Array.of(uid - firstUidOf(pack), (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff), signature);
    size += 4 + length;
  }
  return Buffer.concat(parts);
}

/** @returns undefined when it is none that this version wrote */
export function readPack(pack: number, octets: Uint8Array): SignaturePack | undefined {
  if (octets[0] !== version || octets.length > mostOctets) return undefined;
  const signatures = new Map<number, Signature>();
  for (let at = 1; at < octets.length; ) {
    const [place = 0, high = 0, middle = 0, low = 0] = octets.subarray(at, at + 4);
    const end = at + 4 + (high << 16) + (middle << 8) + low;
    if (end > octets.length) return undefined;
    signatures.set(firstUidOf(pack) + place, octets.subarray(at + 4, end));
    at = end;
  }
  return signatures;
}
