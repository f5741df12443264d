/** `421 4.7.0 Error: too many connections from …` (Postfix), `421 Too many concurrent SMTP connections` (Exim), `421 Too many connected clients`, ours. */
const tooMany = /\btoo many (?:[\w-]+ ){0,4}(?:connections|sessions|clients)\b/i;
/** `421 4.3.2 The maximum number of concurrent server connections has exceeded a limit` (Exchange), `421 Maximum connections exceeded`. */
const aboveMost =
  /\bmax(?:imum|\.)?\b.{0,60}\b(?:connections|sessions)\b|\b(?:connections|sessions)\b.{0,40}\b(?:limit|exceeded|reached)\b/i;
/** Ours, when a total is full, and that of others. */
const tooBusy = /^421[ -]4\.3\.2 .*\btoo busy\b/i;
/** How fast connections come, how long one lasts and what is sent over it are other limits, which fewer connections do not help against. */
const other =
  /\b(?:rate|messages?|recipients?|commands?|errors|transactions)\b|\bper (?:second|minute|hour|day)\b|\btime(?:d? ?out|[ -]limit)\b/i;

/** @returns whether a reply says that we have too many connections open at once: a 421, at the greeting or later */
export function saysTooManyConnections(reply: string): boolean {
  if (!/^421(?:[ -]|$)/.test(reply) || other.test(reply)) return false;
  return tooMany.test(reply) || aboveMost.test(reply) || tooBusy.test(reply);
}
