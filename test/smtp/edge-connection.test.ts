import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SMTPConnection } from 'smtp-server/lib/smtp-connection.js';
import { SMTPStream } from 'smtp-server/lib/smtp-stream.js';

/** What listeners/smtp/edge-connection.ts leans on inside the package, by the words it uses there. A new version that says it otherwise must be read. */
const insides: Readonly<Record<string, readonly string[]>> = {
  init: ['_setListeners', 'connectionReady', '}, 100)|, 100)'],
  connectionReady: ['disableReverseLookup', 'onConnect', '_ready = true', '_sendGreeting'],
  send: ['_upgrading', 'code === 421', 'this.close()', '_getEnhancedStatusCode(code, context)'],
  close: ['_closing', '_socket.end()', '_parser.isClosed = true', 'resume()'],
  _setListeners: ['_armTimeout()', 'pipe(this._parser)'],
  _onTimeout: ['_closing', '_handlerPending', '_armTimeout()', 'send(421'],
  _onCommand: ['_upgrading', '_ready', '_nextHandler', '_isSupported', '_handlerPending = true'],
  _createParser: ["parser.on('error'", 'oncommand'],
  _onClose: ['clearTimeout', 'dataStream.destroy', '_closed = true'],
  upgrade: [
    'createTLSSocketOptions(this._server)',
    '_parser.isClosed = true',
    '_upgrading = true',
    '_armTimeout(tlsSocket)',
    'onSecure',
    'hostNameAppearsAs = false',
  ],
  handler_AUTH: ['session.user', 'authMethods'],
  handler_EHLO: [
    "['AUTH'].concat(this._server.options.authMethods).join(' ')",
    'this.send(250, [formattedResponse].concat(features || []), false)',
    'hideDSN|hide',
    'hideREQUIRETLS',
    'this.secure',
  ],
  _parseAddressCommand: ['split(/\\s+/)', 'decodeXtext(value)', 'duplicate'],
  handler_DATA: ['_dataStream', "on('end'", '_resetSession()', "'DATA_OK'"],
};

describe('smtp-server, as our connection changes it', () => {
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

  it('still ends a message at CRLF.CRLF only, and unstuffs dots', () => {
    const source = String(SMTPStream.prototype._feedDataStream);
    assert.match(source, /END_SEQUENCE/);
    assert.match(source, /_atDataStart/);
  });
});
