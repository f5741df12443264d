import { extname } from 'node:path';

/**
 * Where the code of a thread is: beside whoever starts it, in a file of the same kind, among the sources as in a bundle.
 * @param from `import.meta.url` of whoever starts it
 */
export const threadFile = (name: string, from: string): URL => new URL(`./${name}${extname(from)}`, from);
