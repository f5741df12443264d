import type { Handler } from '../answer.ts';
import { capabilities } from '../capability.ts';

/** CAPABILITY (RFC 3501 section 6.1.1). */
export const capability: Handler<'CAPABILITY'> = async (_command, state, ports) => {
  await ports.out.line(`* CAPABILITY ${capabilities(state.at, ports)}`);
  return { state, reply: 'OK CAPABILITY completed' };
};
