import type { EventLog } from '../core/observe/event-log.ts';
import { listenerSettings, loginListenerSettings } from '../core/settings/listeners.ts';
import type { LiveSettings } from '../core/settings/live-settings.ts';
import type { Setting } from '../core/settings/setting.ts';
import type { Protocol } from '../core/values/protocol.ts';
import { type DrainOptions, sayGoodbyes } from './net/drain.ts';
import { Listener } from './net/listener.ts';
import type { ProtocolHandler } from './net/protocol-handler.ts';
import { Reception, type ReceptionDeps } from './net/reception.ts';
import type { SessionRegistry } from './net/session-registry.ts';

/**
 * Where each listener listens, by its name: `imap`, and `imap-tls` for TLS from the first octet.
 * @param set the port of the settings
 * @returns 0 for any free one; undefined when this process has no such listener
 */
export type PortOf = (listener: string, set: number) => number | undefined;

export interface ListenersOptions extends ReceptionDeps {
  readonly handlers: readonly ProtocolHandler[];
  readonly sessions: SessionRegistry;
  readonly settings: LiveSettings;
  readonly log: EventLog;
  readonly bind: string;
  readonly portOf: PortOf;
  /** Of a listener that is switched off. */
  readonly goodbyes: Pick<DrainOptions, 'spread' | 'goodbye'>;
  readonly random: () => number;
}

const reopenEvery = 5_000; // ms

/** All ports of a process. Each protocol opens and closes with its `enabled` while the process runs. */
export class Listeners {
  readonly #options: ListenersOptions;
  readonly #byProtocol: ReadonlyMap<Protocol, readonly Listener[]>;
  #unwatch: (() => void) | undefined;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: ListenersOptions) {
    this.#options = options;
    this.#byProtocol = new Map(options.handlers.map((handler) => [handler.protocol, listenersOf(handler, options)]));
  }

  /** Opens the enabled ones. @throws PortUnavailable; none is open then */
  async open(): Promise<void> {
    try {
      for (const [protocol, listeners] of this.#byProtocol) {
        if (this.#isEnabled(protocol)) for (const listener of listeners) await listener.open();
      }
    } catch (error) {
      this.close();
      throw error;
    }
    this.#unwatch = this.#options.settings.onChange(() => this.#followSettings());
  }

  /** By name: `imap`, and `imap-tls` for TLS from the first octet. Only those that accept now. */
  ports(): Readonly<Record<string, number>> {
    const open = [...this.#byProtocol.values()].flat().filter(({ isOpen }) => isOpen);
    return Object.fromEntries(open.map(({ options, port }) => [portName(options.name), port]));
  }

  /** Accepts no more; running sessions are left alone. */
  close(): void {
    this.#closed = true;
    this.#unwatch?.();
    clearTimeout(this.#retry);
    for (const listener of [...this.#byProtocol.values()].flat()) listener.close();
  }

  #isEnabled(protocol: Protocol): boolean {
    return this.#options.settings.get(listenerSettings[protocol].enabled);
  }

  #followSettings(): void {
    clearTimeout(this.#retry);
    for (const [protocol, listeners] of this.#byProtocol) {
      if (this.#isEnabled(protocol)) this.#openAgain(listeners);
      else this.#switchOff(protocol, listeners);
    }
  }

  #openAgain(listeners: readonly Listener[]): void {
    for (const listener of listeners) {
      if (listener.isOpen) continue;
      listener.open().then(
        () => this.#options.log.event('listener-opened', { listener: portName(listener.options.name), port: listener.port }),
        (error) => {
          this.#options.log.failure('listener-failed', error, { listener: portName(listener.options.name) });
          if (this.#closed) return;
          clearTimeout(this.#retry);
          this.#retry = setTimeout(() => this.#followSettings(), reopenEvery).unref();
        },
      );
    }
  }

  #switchOff(protocol: Protocol, listeners: readonly Listener[]): void {
    if (!listeners.some(({ isOpen }) => isOpen)) return;
    for (const listener of listeners) listener.close();
    const running = this.#options.sessions.all().filter((session) => session.protocol === protocol);
    sayGoodbyes(running, this.#options.goodbyes, this.#options.random);
    this.#options.log.event('listener-closed', { protocol, sessions: running.length });
  }
}

function listenersOf(handler: ProtocolHandler, options: ListenersOptions): readonly Listener[] {
  const { protocol } = handler;
  const reception = new Reception(handler, options);
  const listener = (setting: Setting<number>, implicitTls: boolean): readonly Listener[] => {
    const port = options.portOf(portName(setting.name), options.settings.get(setting));
    return port === undefined ? [] : [new Listener({ name: setting.name, implicitTls, port, bind: options.bind }, reception)];
  };
  const plain = listener(listenerSettings[protocol].port, false);
  return protocol === 'smtp' ? plain : [...plain, ...listener(loginListenerSettings[protocol].tlsPort, true)];
}

/** `imap/port` is `imap`, `imap/tls-port` is `imap-tls`. */
const portName = (setting: string): string => setting.replace('/tls-port', '-tls').replace('/port', '');
