/** Runs `run` for all, at most `atOnce` at a time. */
export async function inParallel<T>(atOnce: number, all: readonly T[], run: (one: T) => Promise<void>): Promise<void> {
  const rest = all[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (const one of rest) await run(one);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, all.length) }, worker));
}
