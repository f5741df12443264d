import type { Network } from '../values/network.ts';

/** Hashes passwords off the event loop, argon2id, with a bounded queue. */
export interface PasswordHasher {
  /** @returns a PHC string */
  hash(password: string): Promise<string>;
  /**
   * @param network who asks: one network gets no more than a share of the queue
   * @returns 'busy' when the queue, or this network's share of it, is full
   */
  verify(password: string, phc: string, network: Network): Promise<boolean | 'busy'>;
  close(): Promise<void>;
}
