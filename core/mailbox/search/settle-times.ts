import { mapLeaves, type SearchKey } from '../../values/search-key.ts';

/** @param now ms since the epoch. @returns the key with each interval as the second that it reaches back to (RFC 5032 section 2) */
export const settleTimes = (key: SearchKey, now: number): SearchKey =>
  mapLeaves(key, (leaf) => {
    if (leaf.key !== 'OLDER' && leaf.key !== 'YOUNGER') return leaf;
    const second = Math.floor(now / 1000) - leaf.seconds;
    return leaf.key === 'OLDER' ? { key: 'UNTIL', second } : { key: 'FROM-THEN', second };
  });
