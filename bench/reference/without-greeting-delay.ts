import { SMTPConnection } from 'smtp-server/lib/smtp-connection.js';

/** Takes the package's fixed 100 ms before each greeting out of the reference, as our listener does without them too. */
export function withoutGreetingDelay(): void {
  SMTPConnection.prototype.init = function (this: SMTPConnection): void {
    this._setListeners(() => this.connectionReady());
  };
}
