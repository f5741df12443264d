/** Ways a running server is asked to end. */
export interface Endable {
  drain(): void;
  stop(): void;
}

/** How long a process may take to drain or to stop, ms: longer than all its parts may take together. What hinders it then is broken. */
export const endPatience = { drain: 50_000, stop: 20_000 } as const;

/** Ends this process when it can't end in order. */
export function exitAtLast(how: keyof typeof endPatience): void {
  setTimeout(() => process.exit(1), endPatience[how]).unref();
}

/** A terminal's Ctrl-C reaches us and our launcher, which passes it on: two of them this close are one. */
const sameSignal = 500; // ms

/** The first SIGINT or SIGTERM drains, a later one stops at once. */
export function onEndSignals({ drain, stop }: Endable): void {
  let first: number | undefined;
  const heard = (): void => {
    const now = performance.now();
    if (first === undefined) {
      first = now;
      drain();
    } else if (now - first > sameSignal) stop();
  };
  process.on('SIGINT', heard).on('SIGTERM', heard);
}
