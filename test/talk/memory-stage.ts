import type { EventFields, EventLog } from '../../core/observe/event-log.ts';
import type { MailboxId } from '../../core/values/ids.ts';
import type { Modseq } from '../../core/values/uid.ts';
import type { ListedProcess, ProcessDirectory } from '../../platform/aws/talk/process-directory.ts';
import type { MailboxWatchers, TalkAddress } from '../../platform/aws/talk/watchers.ts';

/** What the tables of a stage tell of its processes and of who watches which mailbox. */
export class MemoryStage implements ProcessDirectory, MailboxWatchers {
  readonly listed = new Map<string, ListedProcess>();
  readonly mailboxes = new Map<MailboxId, { modseq: bigint; readonly watchers: Map<TalkAddress, number> }>();
  /** Places in a row. */
  most = 10;
  isDown = false;
  /** By what was asked: registrations, looks. */
  readonly asked = { register: 0, unregister: 0, modseqOf: 0, all: 0 };

  enter = async (process: ListedProcess): Promise<void> => {
    this.#check();
    this.listed.set(process.name, process);
  };
  leave = async (name: string): Promise<void> => {
    this.#check();
    this.listed.delete(name);
  };
  all = async (): Promise<readonly ListedProcess[]> => {
    this.#check();
    this.asked.all += 1;
    return [...this.listed.values()];
  };

  mailbox(id: string): MailboxId {
    this.mailboxes.set(id as MailboxId, { modseq: 1n, watchers: new Map() });
    return id as MailboxId;
  }

  /** Something happens in it. @returns who is to be told */
  change(id: MailboxId): readonly TalkAddress[] {
    const row = this.mailboxes.get(id);
    if (row === undefined) throw new Error(`no mailbox ${id}`);
    row.modseq += 1n;
    return [...row.watchers.keys()];
  }

  register = async (id: MailboxId, at: TalkAddress, until: number): Promise<{ readonly modseq: Modseq } | 'full' | 'gone'> => {
    this.#check();
    this.asked.register += 1;
    const row = this.mailboxes.get(id);
    if (row === undefined) return 'gone';
    if (!row.watchers.has(at) && row.watchers.size >= this.most) return 'full';
    row.watchers.set(at, until);
    return { modseq: row.modseq as Modseq };
  };
  unregister = async (id: MailboxId, at: TalkAddress): Promise<void> => {
    this.#check();
    this.asked.unregister += 1;
    this.mailboxes.get(id)?.watchers.delete(at);
  };
  modseqOf = async (id: MailboxId): Promise<Modseq | undefined> => {
    this.#check();
    this.asked.modseqOf += 1;
    return this.mailboxes.get(id)?.modseq as Modseq | undefined;
  };

  #check(): void {
    if (this.isDown) throw new Error('the table does not answer');
  }
}

/** Keeps what was logged. */
export class KeptLog implements EventLog {
  readonly lines: { readonly name: string; readonly fields: EventFields }[] = [];
  event = (name: string, fields: EventFields = {}): void => void this.lines.push({ name, fields });
  failure = (name: string, error: unknown, fields: EventFields = {}): void =>
    void this.lines.push({ name, fields: { ...fields, error: String(error) } });
  named(name: string): readonly EventFields[] {
    return this.lines.filter((line) => line.name === name).map(({ fields }) => fields);
  }
}

/** Waits until it has come; whoever runs the test bounds it in time. */
export async function until(hasCome: () => boolean): Promise<void> {
  while (!hasCome()) await new Promise((resolve) => setTimeout(resolve, 5));
}
