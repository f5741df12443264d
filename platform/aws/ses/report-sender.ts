import { parseAddressList } from '../../../core/message/address-list.ts';
import { fieldValue, headerFields } from '../../../core/message/header.ts';

const mostHeader = 64 * 1024; // octets

/**
 * Who a report, which has the null reverse-path, is from for SES: that one knows no null sender and wants a verified identity, which is the
 * domain the report's From names.
 * @returns undefined when the message has no From
 */
export function reportSender(data: Uint8Array): string | undefined {
  const block = Buffer.from(data.buffer, data.byteOffset, Math.min(data.length, mostHeader)).toString('latin1');
  for (const field of headerFields(block)) {
    if (field.name.toLowerCase() !== 'from') continue;
    const host = parseAddressList(fieldValue(block, field)).find((one) => one.host)?.host;
    return host ? `mailer-daemon@${host.toLowerCase()}` : undefined;
  }
  return undefined;
}
