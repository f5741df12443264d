import type { Refusal } from './refusal.ts';

/** An answer of the domain that may be "no". Surprises are thrown instead. */
export const isRefusal = (answer: unknown): answer is Refusal => typeof answer === 'object' && answer !== null && 'refused' in answer;
