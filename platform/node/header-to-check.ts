import { headerFields } from '../../core/message/header.ts';

const mostHeader = 262_144; // octets
const mostLines = 4_000;
const mostSignatures = 8;
const mostSignature = 8_192; // octets
const mostArcSets = 10;
const mostFromFields = 5;

/**
 * What of a header is looked at, so that no message costs more than others: verifiers take time that grows with the square of lines and
 * names. Signatures beyond the eighth or beyond 8 KB don't count. Of a header beyond all measure only the author is looked at: such a
 * message has no signature that counts, but is not spared by DMARC.
 * @param block octets as latin1, without the blank line
 */
export function headerToCheck(block: string): string {
  if (block.length > mostHeader || linesOf(block) > mostLines) return pick(block, authorsOnly());
  return pick(block, countable(block));
}

type Choice = (name: string, length: number) => boolean;

function authorsOnly(): Choice {
  let authors = 0;
  return (name, length) => name === 'from' && length <= mostSignature && ++authors <= mostFromFields;
}

function countable(block: string): Choice {
  let signatures = 0;
  let seals = 0;
  for (const { name } of headerFields(block)) if (name.toLowerCase() === 'arc-seal') seals++;
  return (name, length) => {
    if (name === 'dkim-signature') return length <= mostSignature && ++signatures <= mostSignatures;
    return seals <= mostArcSets || !name.startsWith('arc-');
  };
}

function pick(block: string, choice: Choice): string {
  let picked = '';
  for (const { name, start, end } of headerFields(block)) if (choice(name.toLowerCase(), end - start)) picked += block.slice(start, end);
  return picked;
}

function linesOf(block: string): number {
  let lines = 0;
  for (let at = block.indexOf('\n'); at !== -1; at = block.indexOf('\n', at + 1)) lines++;
  return lines;
}
