import { connect, type Socket } from 'node:net';

/** A client that costs as little as possible, so that the server is what is measured: writes text, waits for a line that fits. */
export class LineClient {
  private readonly socket: Socket;
  private received = '';
  private wanted: { readonly line: RegExp; readonly resolve: (line: string) => void; readonly reject: (error: Error) => void } | undefined;

  /** @param from the address it comes from. @default 127.0.0.1 */
  constructor(port: number, from = '127.0.0.1') {
    this.socket = connect({ port, host: '127.0.0.1', localAddress: from, noDelay: true });
    this.socket.setEncoding('latin1').on('data', (text: string) => this.take(text));
    this.socket.on('error', (error) => this.wanted?.reject(error));
    this.socket.on('close', () => this.wanted?.reject(new Error(`closed while waiting for ${this.wanted.line}`)));
  }

  write(text: string): void {
    this.socket.write(text, 'latin1');
  }

  /** @param line with the m flag when it may stand behind others */
  until(line: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      this.wanted = { line, resolve, reject };
      this.look();
    });
  }

  ask(text: string, line: RegExp): Promise<string> {
    this.write(text);
    return this.until(line);
  }

  end(): Promise<void> {
    this.wanted = undefined;
    return new Promise((resolve) => {
      this.socket.once('close', () => resolve()).end();
      this.socket.resume();
    });
  }

  private take(text: string): void {
    this.received += text;
    this.look();
  }

  private look(): void {
    const { wanted } = this;
    if (wanted === undefined || !wanted.line.test(this.received)) return;
    this.wanted = undefined;
    const { received } = this;
    this.received = '';
    wanted.resolve(received);
  }
}
