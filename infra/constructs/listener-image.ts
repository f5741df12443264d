import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { prepareImage } from '../bundle/image.ts';
import { directoryUntilExit } from '../bundle/until-exit.ts';

/** The image of the listeners, from the sources as they are. Synthesis only copies what it is built from; docker builds it at the deploy. */
export function listenerImage(): ContainerImage {
  const directory = directoryUntilExit('image');
  prepareImage(directory);
  return ContainerImage.fromAsset(directory, { platform: Platform.LINUX_ARM64 });
}
