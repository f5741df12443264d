import { addAccount, addAlias, removeAccount, removeAlias, setPassword, setQuota } from './operations/accounts.ts';
import { addDelivered } from './operations/add-delivered.ts';
import { writeAnnotations } from './operations/annotations.ts';
import { append } from './operations/append.ts';
import {
  addSource,
  claimDueSource,
  endSourceClaims,
  holdSource,
  letSourceGo,
  releaseSource,
  rememberOfSource,
  removeSource,
  renewSourceClaim,
  runSourceNow,
  settleSource,
} from './operations/collect.ts';
import { copy, move } from './operations/copy.ts';
import { deliver } from './operations/deliver.ts';
import { expunge } from './operations/expunge.ts';
import { changeFlags, claimRecent } from './operations/flags.ts';
import { createMailbox, deleteMailbox, subscribe } from './operations/mailboxes.ts';
import { keepPolicy } from './operations/policies.ts';
import { forgetDeliveries, purge, unknownBodies } from './operations/purge.ts';
import { renameMailbox } from './operations/rename.ts';
import { replace } from './operations/replace.ts';
import { changeRights } from './operations/rights.ts';
import { writeSettings } from './operations/settings.ts';
import {
  addToSpool,
  claimDue,
  claimRow,
  deferRow,
  deleteRow,
  endClaims,
  finishRow,
  giveBack,
  holdRow,
  releaseRow,
  renewClaim,
  rerouteRow,
  retryRow,
} from './operations/spool.ts';
import type { Operation } from './write.ts';

/** All that the writer thread can be asked for. The other side imports only the type, so nothing of this runs there. */
export const operations = {
  addAccount,
  removeAccount,
  setPassword,
  setQuota,
  addAlias,
  removeAlias,
  writeSettings,
  createMailbox,
  renameMailbox,
  changeRights,
  deleteMailbox,
  subscribe,
  writeAnnotations,
  append,
  replace,
  copy,
  move,
  expunge,
  changeFlags,
  claimRecent,
  addToSpool,
  claimDue,
  claimRow,
  renewClaim,
  giveBack,
  endClaims,
  finishRow,
  deferRow,
  retryRow,
  holdRow,
  releaseRow,
  rerouteRow,
  deleteRow,
  deliver,
  addDelivered,
  keepPolicy,
  addSource,
  removeSource,
  runSourceNow,
  holdSource,
  releaseSource,
  claimDueSource,
  renewSourceClaim,
  letSourceGo,
  endSourceClaims,
  settleSource,
  rememberOfSource,
  purge,
  forgetDeliveries,
  unknownBodies,
} satisfies Record<string, Operation>;

export type Operations = typeof operations;
