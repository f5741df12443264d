import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BundleSizes, bundleListeners } from './bundle.ts';

const dockerfile = join(import.meta.dirname, '../image/Dockerfile');

/**
 * Octets of node:24-slim for arm64 as a registry has it, compressed. Taken from its published sizes and rounded up: an estimate, which changes with
 * every release of its base.
 */
export const baseImageOctets = 80 * 1024 * 1024;

/**
 * All that the image of the listeners is built from: its Dockerfile, and the bundle that it copies. The same sources give the same octets, so an image
 * is built and pushed only when something changed.
 * @param outDir made when it is not there
 */
export function prepareImage(outDir: string): BundleSizes {
  const sizes = bundleListeners(outDir);
  addDockerfile(outDir);
  return sizes;
}

/** To a bundle of the listeners that is there already. */
export const addDockerfile = (outDir: string): void => copyFileSync(dockerfile, join(outDir, 'Dockerfile'));
