import type { Answer, CommandOf, Handler } from './answer.ts';
import { append } from './commands/append.ts';
import { authenticate } from './commands/authenticate.ts';
import { capability } from './commands/capability.ts';
import { close } from './commands/close.ts';
import { compress } from './commands/compress.ts';
import { copy } from './commands/copy.ts';
import { create } from './commands/create.ts';
import { deleteMailbox } from './commands/delete.ts';
import { enable } from './commands/enable.ts';
import { expunge } from './commands/expunge.ts';
import { fetch } from './commands/fetch.ts';
import { getAcl } from './commands/getacl.ts';
import { getMetadata } from './commands/getmetadata.ts';
import { id } from './commands/id.ts';
import { idle } from './commands/idle.ts';
import { list } from './commands/list.ts';
import { listRights } from './commands/listrights.ts';
import { login } from './commands/login.ts';
import { logout } from './commands/logout.ts';
import { lsub } from './commands/lsub.ts';
import { move } from './commands/move.ts';
import { myRights } from './commands/myrights.ts';
import { namespace } from './commands/namespace.ts';
import { noop } from './commands/noop.ts';
import { notify } from './commands/notify.ts';
import { getQuota, getQuotaRoot, setQuota } from './commands/quota.ts';
import { rename } from './commands/rename.ts';
import { replace } from './commands/replace.ts';
import { search } from './commands/search.ts';
import { select } from './commands/select.ts';
import { setAcl } from './commands/setacl.ts';
import { setMetadata } from './commands/setmetadata.ts';
import { sort } from './commands/sort.ts';
import { startTls } from './commands/starttls.ts';
import { status } from './commands/status.ts';
import { store } from './commands/store.ts';
import { subscribe } from './commands/subscribe.ts';
import { thread } from './commands/thread.ts';
import { unauthenticate } from './commands/unauthenticate.ts';
import { unselect } from './commands/unselect.ts';
import { type ImapState, isLegal, type StateFor } from './state.ts';
import type { Command, VerbName } from './wire/command.ts';

type Ports = Parameters<Handler<VerbName>>[2];

const handlers: { readonly [V in VerbName]: (command: CommandOf<V>, state: StateFor<V>, ports: Ports) => Promise<Answer> | Answer } = {
  CAPABILITY: capability,
  NOOP: noop,
  LOGOUT: logout,
  ID: id,
  STARTTLS: startTls,
  LOGIN: login,
  AUTHENTICATE: authenticate,
  UNAUTHENTICATE: unauthenticate,
  COMPRESS: compress,
  ENABLE: enable,
  SELECT: select,
  EXAMINE: select,
  CREATE: create,
  DELETE: deleteMailbox,
  RENAME: rename,
  SUBSCRIBE: subscribe,
  UNSUBSCRIBE: subscribe,
  LIST: list,
  LSUB: lsub,
  NAMESPACE: namespace,
  STATUS: status,
  GETMETADATA: getMetadata,
  SETMETADATA: setMetadata,

  NOTIFY: notify,
  GETQUOTA: getQuota,
  GETQUOTAROOT: getQuotaRoot,
  SETQUOTA: setQuota,
  SETACL: setAcl,
  DELETEACL: setAcl,
  GETACL: getAcl,
  LISTRIGHTS: listRights,
  MYRIGHTS: myRights,
  APPEND: append,
  REPLACE: replace,
  IDLE: idle,
  CHECK: noop,
  CLOSE: close,
  UNSELECT: unselect,
  EXPUNGE: expunge,
  SEARCH: search,
  SORT: sort,
  THREAD: thread,
  FETCH: fetch,
  STORE: store,
  COPY: copy,
  MOVE: move,
};

type AnyHandler = (command: Command, state: ImapState, ports: Ports) => Promise<Answer> | Answer;

/** @returns undefined when the verb is not legal in this state */
export function handlerOf(verb: VerbName, state: ImapState): AnyHandler | undefined {
  // The table gives each verb its own handler and isLegal its states: what the types can't follow through an index.
  return isLegal(verb, state) ? (handlers[verb] as unknown as AnyHandler) : undefined;
}
