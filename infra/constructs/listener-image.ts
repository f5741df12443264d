import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { prepareImage } from '../bundle/image.ts';

/** The image of the listeners, from the sources as they are. Synthesis only copies what it is built from; docker builds it at the deploy. */
export function listenerImage(): ContainerImage {
  const directory = mkdtempSync(join(tmpdir(), 'mailweir-image-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true })); // by then it is copied into the cloud assembly
  prepareImage(directory);
  return ContainerImage.fromAsset(directory, { platform: Platform.LINUX_ARM64 });
}
