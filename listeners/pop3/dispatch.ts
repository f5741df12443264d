import { auth } from './commands/auth.ts';
import { capa } from './commands/capa.ts';
import { dele } from './commands/dele.ts';
import { list } from './commands/list.ts';
import { noop } from './commands/noop.ts';
import { pass } from './commands/pass.ts';
import { quit } from './commands/quit.ts';
import { retr } from './commands/retr.ts';
import { rset } from './commands/rset.ts';
import { stat } from './commands/stat.ts';
import { stls } from './commands/stls.ts';
import { top } from './commands/top.ts';
import { uidl } from './commands/uidl.ts';
import { user } from './commands/user.ts';
import { utf8 } from './commands/utf8.ts';
import type { Answer, Handler, Pop3Context } from './context.ts';
import { refusedToAnonymous } from './public-maildrop.ts';
import { err } from './reply.ts';
import type { Pop3State } from './state.ts';
import type { Command, Verb } from './wire/command.ts';

const handlers: { readonly [V in Verb]: Handler<V> } = {
  CAPA: capa,
  STLS: stls,
  UTF8: utf8,
  USER: user,
  PASS: pass,
  AUTH: auth,
  STAT: stat,
  LIST: list,
  UIDL: uidl,
  RETR: retr,
  TOP: top,
  DELE: dele,
  RSET: rset,
  NOOP: noop,
  QUIT: quit,
};

/** @param state one in which the verb is legal */
export async function dispatch(command: Command, state: Pop3State, context: Pop3Context): Promise<Answer> {
  const refused = await refusedToAnonymous(command.verb, state, context);
  if (refused !== undefined) return [state, err(refused)];
  // The table pairs each verb with its handler and its states; TypeScript cannot follow either through an index.
  const handler = handlers[command.verb] as (command: Command, state: Pop3State, context: Pop3Context) => Answer | Promise<Answer>;
  return handler(command, state, context);
}
