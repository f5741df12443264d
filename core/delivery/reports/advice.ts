/** What a sender can do, by enhanced code (RFC 3463); the longest beginning counts. */
const byCode: readonly (readonly [beginning: string, advice: string])[] = [
  ['1.10', 'This domain says that it takes no mail. Ask the recipient for another address.'],
  ['1.2', 'Please check the part of the address behind the @ for typing errors: there is no mail server for it.'],
  ['1.6', 'The recipient has moved. Ask for the new address.'],
  ['1.7', 'The other side does not accept your own address. Ask your administrator for help, and show this message.'],
  ['1.8', 'The other side does not accept your own address. Ask your administrator for help, and show this message.'],
  ['1', 'Please check the address for typing errors. If it is right, the recipient may have another one by now: ask in another way.'],
  ['2.2', "The recipient's mailbox is full. Tell the recipient in another way, and send the message again later."],
  ['2.3', 'The message is too large for this recipient. Send it smaller, or share large files in another way.'],
  ['2', "There is a problem with the recipient's mailbox. Tell the recipient in another way, or send the message again later."],
  ['3.4', 'The message is too large for this recipient. Send it smaller, or share large files in another way.'],
  ['3', 'The other side has a problem of its own. Send the message again later; if that does not help, tell the recipient in another way.'],
  ['4.6', 'The address leads in a circle. Ask your administrator for help, and show this message.'],
  [
    '4',
    'The mail server of the recipient could not be reached. Check the part of the address behind the @ for typing errors; if it is right, send the message again later.',
  ],
  [
    '6.7',
    "The recipient's mail server can't take addresses or subjects with letters outside English. Send the message again with an address and a subject in plain letters.",
  ],
  ['6', "The recipient's mail server can't take a message of this form. Send it again as plain text, or without attachments."],
  [
    '7.30',
    'You asked for secure connections all the way, and the other side does not offer that. Send it without that wish, or in another way.',
  ],
  [
    '7',
    'The other side refused the message by a rule of its own; its answer above may say which. The recipient, or whoever runs the mail server there, can tell more.',
  ],
];

const otherwise = 'If the answer above does not tell you what is wrong, ask your administrator for help, and show this message.';

/** @param status enhanced code, class first. @returns a sentence or two for whoever sent the message */
export function adviceFor(status: string): string {
  const detail = status.slice(2);
  const found = byCode.find(([beginning]) => detail === beginning || detail.startsWith(`${beginning}.`));
  return found?.[1] ?? otherwise;
}
