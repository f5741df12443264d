/** More would let one LIST keep the process busy; no client sends more than two. */
const maxWildcards = 16;

/** @returns tells whether a mailbox name matches: `*` is anything, `%` anything without `/` (RFC 3501 section 6.3.8) */
export function listPattern(pattern: string): (name: string) => boolean {
  // Two wildcards side by side are the stronger of the two.
  const simple = pattern.replace(/[*%]{2,}/g, (run) => (run.includes('*') ? '*' : '%')).replace(/^inbox(?=$|[/*%])/i, 'INBOX');
  if ((simple.match(/[*%]/g)?.length ?? 0) > maxWildcards) return () => false;
  return (name) => matches(simple, name);
}

/** Walks the name once, with all places of the pattern it may stand at: time is bounded by the product of the lengths. */
function matches(pattern: string, name: string): boolean {
  let places = skipWildcards(pattern, new Set([0]));
  for (const char of name) {
    const next = new Set<number>();
    for (const place of places) {
      const wanted = pattern.charAt(place);
      if (wanted === '*' || (wanted === '%' && char !== '/')) next.add(place);
      if (pattern.startsWith(char, place) && wanted !== '*' && wanted !== '%') next.add(place + char.length);
    }
    if (next.size === 0) return false;
    places = skipWildcards(pattern, next);
  }
  return places.has(pattern.length);
}

/** A wildcard may stand for nothing. */
function skipWildcards(pattern: string, places: Set<number>): Set<number> {
  for (const place of places) if (pattern[place] === '*' || pattern[place] === '%') places.add(place + 1);
  return places;
}
