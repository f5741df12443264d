import { declaredParameters } from '../core/settings/declared-parameters.ts';
import { declareParameters, removeParameters } from '../platform/aws/settings/declare-parameters.ts';
import { openParameterClient } from '../platform/aws/settings/parameters.ts';
import { answerResource, parseResourceRequest } from '../platform/aws/stack-resource.ts';
import { settingsPath } from '../platform/aws/stage-names.ts';
import { endpointOf, log } from './invocation-log.ts';

/** A resource of a stack: the parameters of a stage, one for each setting. Run by a deploy, and when the stack is deleted. */
export const handler = async (event: unknown): Promise<void> => {
  const request = parseResourceRequest(event);
  const { stage, remove } = request.properties;
  const path = settingsPath(String(stage));
  await answerResource(request, path, async () => {
    if (typeof stage !== 'string' || stage === '') throw new Error('the resource does not say of which stage the parameters are');
    const client = openParameterClient(endpointOf(process.env).endpoint);
    try {
      if (request.wanted === 'Delete') {
        const removed = await removeParameters({ client, path }, remove === 'all' ? 'all' : 'unset');
        log.event('parameters-declared', { made: 0, described: 0, removed: removed.length });
      } else {
        const { made, described, removed } = await declareParameters({ client, path }, declaredParameters);
        log.event('parameters-declared', { made: made.length, described: described.length, removed: removed.length });
      }
    } finally {
      client.destroy();
    }
  });
};
