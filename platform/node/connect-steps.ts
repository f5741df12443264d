import { ConnectFailed } from '../../core/delivery/transport.ts';
import type { MailerConnection } from './mailer-connection.ts';
import { oneLine } from './smtp-transaction.ts';

/** The way from an open socket to a connection that takes mail: so much time for each step, and what to say when one fails. */
export class ConnectSteps {
  readonly #most: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(most: number) {
    this.#most = most;
  }

  heard(): void {
    this.#timer?.refresh();
  }

  /** Runs one step; a failed or aborted one closes the connection. @throws ConnectFailed; the signal's reason */
  take(mailer: MailerConnection, signal: AbortSignal, step: (done: (error?: MailerError | null) => void) => void): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const end = (failure?: Error): void => {
        clearTimeout(this.#timer);
        signal.removeEventListener('abort', onAbort);
        mailer.removeListener('error', onError);
        mailer.removeListener('end', onEnd);
        if (failure === undefined) resolve();
        else {
          mailer.close();
          reject(failure);
        }
      };
      const onAbort = (): void => end(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
      const onError = (error: MailerError): void => end(failureOf(mailer, error));
      // It may close the connection behind a step that looked well: a 421 to STARTTLS, say.
      const onEnd = (): void => end(failureOf(mailer, new Error(mailer.fault ?? 'the other side closed the connection')));
      if (signal.aborted) return onAbort();
      this.#timer = setTimeout(() => end(failureOf(mailer, new Error(`no answer within ${this.#most / 1000} s`))), this.#most);
      signal.addEventListener('abort', onAbort);
      mailer.on('error', onError);
      mailer.on('end', onEnd);
      step((error) => (error == null ? setImmediate(end) : end(failureOf(mailer, error))));
    });
  }
}

interface MailerError extends Error {
  readonly response?: string | undefined;
}

function failureOf(mailer: MailerConnection, error: MailerError): ConnectFailed {
  const stage = stageOf(mailer);
  const said = error.response ?? (String(mailer.lastServerResponse).startsWith('421') ? String(mailer.lastServerResponse) : undefined);
  const reply = said === undefined ? undefined : mailer.dialogue.withoutSecrets(oneLine(said));
  return new ConnectFailed(stage, reply ?? mailer.dialogue.withoutSecrets(error.message), {
    cause: error,
    reply,
    dialogue: mailer.dialogue.take(),
  });
}

function stageOf(mailer: MailerConnection): ConnectFailed['stage'] {
  if (mailer.upgrading === true || mailer.lastAsked === 'STARTTLS') return 'tls';
  if (mailer.lastAsked === '') return 'greeting';
  return mailer.lastAsked === 'EHLO' || mailer.lastAsked === 'HELO' ? 'ehlo' : 'auth';
}
