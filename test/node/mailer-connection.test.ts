import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import SMTPConnection from 'nodemailer/lib/smtp-connection';

/** What platform/node/mailer-connection.ts leans on inside the package, by the words it uses there. A new version that says it otherwise must be read. */
const insides: Readonly<Record<string, readonly string[]>> = {
  _sendCommand: ['_destroyed', "tnx: 'client'", 'logStr || str', "socket.write(Buffer.from(str + '\\r\\n', 'utf-8'))"],
  _processResponse: [
    '_responseQueue.shift()',
    '_responseActions.shift()',
    "tnx: 'server'",
    'action.call(this, str)',
    '_onServerClosing',
    'setImmediate',
  ],
  _onServerClosing: ['_responseActions = []', 'this.close()'],
  _onData: ['_responseQueue.push', '_responsePartial', '_processResponse()', 'maxResponseSize'],
  _onClose: ['this.upgrading', '_actionGreeting', '_onError', '_destroy()'],
  _onError: ["emit('error', err)", 'this.close()'],
  _destroy: ['destroyed = true', "emit('end')"],
  close: ['_responseActions = []', 'socketCloseTimeout', '_destroy()'],
  _parseEhloExtensions: ['_ehloLines', '.slice(1)'],
  _actionEHLO: ["'421'", 'requireTLS', "'HELO '", 'ignoreTLS', '_actionSTARTTLS'],
  _actionSTARTTLS: ['opportunisticTLS', '_parseEhloExtensions', '_upgradeConnection'],
  _upgradeConnection: ['_responseQueue = []', 'this.upgrading = true', 'this.upgrading = false', 'this._socket = tls.connect(opts'],
  login: ["'AUTH PLAIN '", 'allowsAuth|_supportedAuth'],
};

describe('nodemailer’s connection, as ours builds on it', () => {
  for (const [method, words] of Object.entries(insides)) {
    it(`still works in ${method} the way we build on`, () => {
      const source = String((SMTPConnection.prototype as unknown as Record<string, unknown>)[method]);
      for (const word of words)
        assert.ok(
          word.split('|').some((one) => source.includes(one)),
          `${method} no longer says ${word}`,
        );
    });
  }
});
