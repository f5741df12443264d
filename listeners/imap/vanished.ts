import { formatNumberSet, type NumberSet } from '../../core/values/number-set.ts';
import type { Responses } from './responses.ts';

/** Of one line, which then has 8 KB at most: what RFC 7162 section 4 asks of commands keeps clients' line buffers too. */
const mostRanges = 380;

/** @param earlier the client doesn't count these among its messages, so that no number moves (RFC 7162 section 3.2.10) */
export async function tellVanished(uids: NumberSet, out: Responses, earlier = false): Promise<void> {
  for (let at = 0; at < uids.length; at += mostRanges)
    await out.line(`* VANISHED ${earlier ? '(EARLIER) ' : ''}${formatNumberSet(uids.slice(at, at + mostRanges))}`);
}
