import type { MessageFacts } from '../../../core/values/message-facts.ts';

/** @returns facts as JSON, the date first where there is one: an order by date reads no further */
export function storeFacts({ date, ...others }: MessageFacts): string {
  return JSON.stringify(date === undefined ? others : { date, ...others });
}

const dateFirst = /^\{"date":(-?\d+),/;

/** @returns the date, unless the facts were stored before it came first, or have none */
export function dateOf(stored: string): number | undefined {
  const date = dateFirst.exec(stored)?.[1];
  return date === undefined ? undefined : Number(date);
}
