/** More is asked for, or happens, than one session is to be told of (RFC 5465 section 5.8). */
export class NoticesOverflow extends Error {
  override readonly name = 'NoticesOverflow';
  readonly of: 'mailboxes' | 'names' | 'annotations';

  constructor(of: NoticesOverflow['of']) {
    super(`too many ${of} to be told of`);
    this.of = of;
  }
}
