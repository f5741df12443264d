/** Another took the UIDs, or a body's last owner went: to be done again from the start. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken';
}
