import { join } from 'node:path';
import type { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { listenerImage } from '../constructs/listener-image.ts';
import { declareFunction, workerNames } from '../workers.ts';
import { bundleStage } from './bundle.ts';
import { addDockerfile } from './image.ts';
import { directoryUntilExit } from './until-exit.ts';
import type { CodeOf } from './worker-code.ts';

/** What runs in a stage. */
export interface StageCode {
  readonly image: ContainerImage;
  readonly functions: CodeOf;
}

/** From the sources as they are, all of it bundled now. */
export function bundledStage(): StageCode {
  const [functions, image] = [directoryUntilExit('functions'), directoryUntilExit('image')];
  bundleStage([...workerNames, declareFunction], functions, image);
  addDockerfile(image);
  return { image: listenerImage(image), functions: (name) => Code.fromAsset(join(functions, name)) };
}
