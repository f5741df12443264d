/** RFC 3501 section 6.4.5. `path` [] is the whole message. */
export interface Section {
  readonly path: readonly number[];
  readonly text: 'all' | 'HEADER' | 'HEADER.FIELDS' | 'HEADER.FIELDS.NOT' | 'TEXT' | 'MIME';
  readonly fields?: readonly string[];
}
