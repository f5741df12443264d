import { parentPort } from 'node:worker_threads';
import { hashArgon2id, verifyArgon2id } from './argon2-phc.ts';

/** What the hasher sends its thread; one at a time, so that replies need no number. */
export type PasswordWork =
  | { readonly work: 'hash'; readonly password: string }
  | { readonly work: 'verify'; readonly password: string; readonly phc: string };

export type PasswordWorked = { readonly answer: string | boolean } | { readonly fault: string };

function worked(work: PasswordWork): PasswordWorked {
  try {
    return { answer: work.work === 'hash' ? hashArgon2id(work.password) : verifyArgon2id(work.password, work.phc) };
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) };
  }
}

parentPort?.on('message', (work: PasswordWork) => parentPort?.postMessage(worked(work)));
