import type { Handler } from '../answer.ts';

/** ID (RFC 2971): who we are; who the client says it is changes nothing. */
export const id: Handler<'ID'> = async (_command, state, { out, version }) => {
  await out.line(`* ID ("name" "Mailweir" "version" "${version}")`);
  return { state, reply: 'OK ID completed' };
};
