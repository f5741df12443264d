import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { DeleteParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { parsedObject } from '../../core/observe/process-facts.ts';
import { askFor } from '../../functions/ask-processes.ts';
import { openParameterClient } from '../../platform/aws/settings/parameters.ts';
import { askFunction, worldParameter } from '../../platform/aws/stage-names.ts';
import { openAsking } from '../../platform/aws/talk/asking-from-inside.ts';
import { environment, mailEnvironment } from '../../platform/aws/world-names.ts';
import { makeAccountTables } from './account-tables.ts';
import { makeCollectTable } from './collect-table.ts';
import { makeFailureTable, makeSpoolPlace } from './spool-table.ts';

/** A stage as its deploy leaves it, on an emulator: tables, bucket, the parameter that names them, the function that asks processes. */
export interface StagePlace {
  readonly stage: string;
  /** Of the tasks and functions. */
  readonly environment: Readonly<Record<string, string>>;
  /** Of whoever operates it. */
  readonly operator: Readonly<Record<string, string>>;
  readonly tables: { readonly mail: string; readonly slots: string };
  remove(): Promise<void>;
}

export async function makeStagePlace(endpoint: string): Promise<StagePlace> {
  const stage = `t${randomBytes(6).toString('hex')}`;
  const [accounts, spool, failures, collect] = await Promise.all([
    makeAccountTables(endpoint),
    makeSpoolPlace(endpoint),
    makeFailureTable(endpoint),
    makeCollectTable(endpoint, []),
  ]);
  const queue = (name: string): string => `${endpoint}/000000000000/${stage}-${name}`;
  const told = {
    [environment.stage]: stage,
    [environment.hostname]: 'mail.example.org',
    [environment.slots]: accounts.tables.slots,
    [environment.addresses]: accounts.tables.addresses,
    [mailEnvironment.mail]: accounts.tables.mail,
    [environment.spool]: spool.table,
    [environment.bucket]: spool.bucket,
    [environment.failures]: failures.table,
    [environment.collect]: collect.table,
    [environment.outbound]: queue('outbound'),
    [environment.local]: queue('local'),
    [environment.collecting]: queue('collect'),
  };
  const ssm = openParameterClient(endpoint);
  const Name = worldParameter(stage);
  await ssm.send(new PutParameterCommand({ Name, Value: JSON.stringify(told), Type: 'String' }));
  const functions = await serveFunction(askFunction(stage), { table: accounts.tables.mail, endpoint });
  return {
    stage,
    environment: told,
    operator: { AWS_ENDPOINT_URL: endpoint, AWS_ENDPOINT_URL_LAMBDA: functions.url },
    tables: { mail: accounts.tables.mail, slots: accounts.tables.slots },
    remove: async () => {
      functions.close();
      await ssm.send(new DeleteParameterCommand({ Name }));
      ssm.destroy();
      await Promise.all([accounts, spool, failures, collect].map((made) => made.remove()));
    },
  };
}

/** Stands in for Lambda with one function: the emulator would start a process for each invocation, which can't be told of the test's processes. */
async function serveFunction(
  name: string,
  place: { readonly table: string; readonly endpoint: string },
): Promise<{ readonly url: string; close(): void }> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.url !== `/2015-03-31/functions/${name}/invocations`) {
      response
        .writeHead(404, { 'x-amzn-errortype': 'ResourceNotFoundException' })
        .end(JSON.stringify({ Message: `no function ${request.url}` }));
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
