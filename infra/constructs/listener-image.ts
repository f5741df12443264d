import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';

/** The image of the listeners. Synthesis only copies what it is built from; docker builds it at the deploy. @param directory with its Dockerfile */
export const listenerImage = (directory: string): ContainerImage => ContainerImage.fromAsset(directory, { platform: Platform.LINUX_ARM64 });
