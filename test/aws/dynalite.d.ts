declare module 'dynalite' {
  import type { Server } from 'node:http';

  interface Options {
    /** ms that a new table is not ready yet. */
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
  }
  const create: (options?: Options) => Server;
  export = create;
}
