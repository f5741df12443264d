import type { MessageRecord } from '../../../core/mailbox/mailbox-store.ts';
import type { MessageBodies } from '../../../core/mailbox/message-bodies.ts';
import { cutSection, filterHeader, type SectionSource } from '../../../core/message/read-section.ts';

/** A part of a section, as BODY[...]<offset.count>. */
export interface Cut {
  readonly offset: number;
  readonly count: number;
}

/** @returns at least as many octets as the section has */
export const atMost = (source: SectionSource, cut: Cut | undefined): number =>
  cut === undefined || source.filter !== undefined ? source.size : cutSection(source, cut.offset, cut.count).size;

/** The octets of a section, as they are stored. @throws BodyMissing */
export async function* sectionOctets(
  source: SectionSource,
  cut: Cut | undefined,
  record: MessageRecord,
  bodies: MessageBodies,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (source.filter !== undefined) {
    const chunks: Uint8Array[] = [Buffer.from(source.prefix, 'latin1')];
    for await (const chunk of bodies.read(record.body, source.range.from, source.range.to)) chunks.push(Buffer.from(chunk));
    const kept = filterHeader(Buffer.concat(chunks).toString('latin1'), source.filter);
    yield Buffer.from(cut === undefined ? kept : kept.slice(cut.offset, cut.offset + cut.count), 'latin1');
    return;
  }
  const { prefix, range } = cut === undefined ? source : cutSection(source, cut.offset, cut.count);
  if (prefix !== '') yield Buffer.from(prefix, 'latin1');
  if (range.to > range.from) yield* bodies.read(record.body, range.from, range.to);
}
