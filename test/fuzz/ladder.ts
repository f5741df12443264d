/** Six steps, each seen only by who has taken the one before: at random nobody ever comes to the end. */
export function climb(input: Buffer): number {
  if (input[0] !== 0x6d) return 0;
  if (input[1] !== 0x01) return 1;
  if (input[2] !== 0xfe) return 2;
  if (input[3] !== 0x77) return 3;
  if (input[4] !== 0x13) return 4;
  return input[5] === 0x99 ? 6 : 5;
}
