import { once } from 'node:events';
import { createServer } from 'node:http';
import { DeleteParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { parsedObject } from '../../core/observe/process-facts.ts';
import { askFor } from '../../functions/ask-processes.ts';
import { openParameterClient } from '../../platform/aws/settings/parameters.ts';
import { askFunction, worldParameter } from '../../platform/aws/stage-names.ts';
import { openAsking } from '../../platform/aws/talk/asking-from-inside.ts';
import { makeStage, type WholeStage } from './whole-stage.ts';

/** A stage as operators meet it: besides its tables the parameter that names them, and the function that asks processes. */
export interface OperatedStage extends WholeStage {
  /** The environment of whoever operates it. */
  readonly operator: Readonly<Record<string, string>>;
}

export async function makeOperatedStage(endpoint: string): Promise<OperatedStage> {
  const made = await makeStage(endpoint);
  const { stage, tables } = made.names;
  const ssm = openParameterClient(endpoint);
  const Name = worldParameter(stage);
  await ssm.send(new PutParameterCommand({ Name, Value: JSON.stringify(made.env), Type: 'String' }));
  const functions = await serveFunction(askFunction(stage), { table: tables.mail, endpoint });
  return {
    ...made,
    operator: { AWS_ENDPOINT_URL: endpoint, AWS_ENDPOINT_URL_LAMBDA: functions.url },
    remove: async () => {
      functions.close();
      await ssm.send(new DeleteParameterCommand({ Name }));
      ssm.destroy();
      await made.remove();
    },
  };
}

/** Stands in for Lambda with one function: the emulator would need its bundle. */
async function serveFunction(
  name: string,
  place: { readonly table: string; readonly endpoint: string },
): Promise<{ readonly url: string; close(): void }> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.url !== `/2015-03-31/functions/${name}/invocations`) {
      const told = JSON.stringify({ Message: `no function ${request.url}` });
      response.writeHead(404, { 'x-amzn-errortype': 'ResourceNotFoundException' }).end(told);
      return;
    }
    const asking = openAsking(place);
    try {
      const answer = await askFor(parsedObject(Buffer.concat(chunks).toString()), asking.ask);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    } catch (error) {
      const told = { errorType: 'Error', errorMessage: error instanceof Error ? error.message : String(error) };
      response.writeHead(200, { 'x-amz-function-error': 'Unhandled' }).end(JSON.stringify(told));
    } finally {
      asking.close();
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}`, close: () => server.close() };
}
