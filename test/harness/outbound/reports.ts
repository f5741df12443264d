/** What a delivery status notification (RFC 3464) says of one recipient. */
export interface Reported {
  readonly address: string;
  readonly action: string;
  readonly status: string;
  /** The whole group of fields. */
  readonly text: string;
}

/** @returns what these messages report, recipient by recipient; messages that are no reports have nothing to say */
export function reportedIn(texts: readonly string[]): readonly Reported[] {
  return texts.flatMap((text) =>
    text
      .split(/\r\n\r\n/)
      .filter((group) => /^Final-Recipient:/im.test(group) && /^Action:/im.test(group))
      .map((group): Reported => {
        const unfolded = group.replaceAll(/\r\n[ \t]+/g, ' ');
        const field = (name: string): string => new RegExp(`^${name}: *(.*)$`, 'im').exec(unfolded)?.[1]?.trim() ?? '';
        return {
          address: field('Final-Recipient').replace(/^[^;]*; */, ''),
          action: field('Action').toLowerCase(),
          status: field('Status'),
          text: unfolded,
        };
      }),
  );
}

export const failedIn = (texts: readonly string[]): readonly Reported[] => reportedIn(texts).filter(({ action }) => action === 'failed');
