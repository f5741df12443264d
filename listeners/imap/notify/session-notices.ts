import type { Responses } from '../responses.ts';
import type { Authenticated, ImapState, Selected } from '../state.ts';
import type { Command, FetchItem, NotifyGroup } from '../wire/command.ts';

/** What is to be told of the mailbox that is open. */
export interface SelectedAsked {
  /** Expunges wait for a command that may tell them. */
  readonly delayed: boolean;
  readonly flags: boolean;
  /** What is told of new messages. */
  readonly items: readonly FetchItem[];
}

/** What a client has asked to hear of the mailbox that it has open. `as-ever`: it has never said (RFC 5465 section 3.1). */
export type OpenAsked = SelectedAsked | 'as-ever' | 'nothing';

/** What one session has asked to hear of without asking again (RFC 5465), from NOTIFY until it ends or nobody is logged in any more. */
export interface SessionNotices {
  /** Of the mailbox that is open. */
  readonly open: OpenAsked;
  /** The client has said what it wants to hear of: nothing is told but that. */
  readonly areAsked: boolean;
  /** @returns that the open mailbox has changed since this was called last */
  takeOpen(): boolean;
  /** What was asked before stays when this is refused. @param tells where other mailboxes stand. @returns false when it is too much */
  ask(groups: readonly NotifyGroup[], tells: boolean, state: Authenticated | Selected, out: Responses): Promise<boolean>;
  /** NOTIFY NONE. */
  askNothing(): void;
  /** As if nothing had ever been asked; what is watched is watched no more. */
  clear(): void;
  /** A command of the client was done. */
  done(command: Command): void;
  /** Between two commands: from here on it hears of the mailbox that is open now. */
  attend(state: ImapState): void;
  /** Tells what happened elsewhere than in the open mailbox. @returns false when it became too much, and the client was told so */
  tellOthers(state: Authenticated | Selected, out: Responses): Promise<boolean>;
  /** The store did not answer: all is to be looked at again, after so many ms. */
  again(ms: number): void;
}
