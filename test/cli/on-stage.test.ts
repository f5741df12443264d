import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, it } from 'node:test';
import { type Call, CommandFailure, dataOption } from '../../cli/command.ts';
import { parseCall } from '../../cli/parse-call.ts';
import { processText } from '../../cli/process-text.ts';
import { inOperatorsWords } from '../../cli/stage/aws-failure.ts';
import { placeOf } from '../../cli/with-world.ts';
import { runCli } from './run-cli.ts';

const call = (...words: readonly string[]): Call =>
  parseCall({ words: ['account', 'list'], args: [], options: dataOption, summary: '', run: async () => {} }, words);

/** As the SDK throws it. */
const awsError = (name: string, message = 'because'): Error => Object.assign(new Error(message), { name });

/** What AWS answers everything with. */
async function answering(status: number, type: string) {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': type });
    response.end(JSON.stringify({ __type: type, message: `User: arn:aws:iam::1:user/carol is not authorized` }));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const AWS_ENDPOINT_URL = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const nobody = { AWS_PROFILE: undefined, AWS_ENDPOINT_URL_DYNAMODB: undefined, AWS_EC2_METADATA_DISABLED: 'true' };
  const operator = { ...nobody, AWS_ENDPOINT_URL, AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
  return { operator, close: () => server.close() };
}

describe('where a command works', () => {
  it('is the stage that is named, the data directory that is named, the usual stage, ./data, in this order', (t) => {
    const before = process.env.MAILWEIR_STAGE;
    t.after(() => {
      if (before === undefined) delete process.env.MAILWEIR_STAGE;
      else process.env.MAILWEIR_STAGE = before;
    });
    process.env.MAILWEIR_STAGE = 'usual';
    assert.deepEqual(placeOf(call('--stage', 'prod')), { stage: 'prod' });
    assert.deepEqual(placeOf(call('--data', '/mail')), { dataDir: '/mail' });
    assert.deepEqual(placeOf(call()), { stage: 'usual' });
    delete process.env.MAILWEIR_STAGE;
    assert.match(JSON.stringify(placeOf(call())), /"dataDir":".*data"/);
    assert.throws(() => placeOf(call('--stage', 'prod', '--data', '/mail')), /on --data or on --stage, not on both/);
  });

  it('is this machine alone for some commands, which say so by name', async () => {
    assert.match((await runCli(['--stage', 'prod', 'serve'])).err, /serve runs on this machine; a stage is served by its tasks on AWS/);
    assert.match((await runCli(['settings', 'docs', '--stage=prod'])).err, /works on no stage/);
  });
});

describe('what AWS says, in words of operators', () => {
  const told = (error: unknown): string => {
    const words = inOperatorsWords(error, 'prod');
    assert.ok(words instanceof CommandFailure, String(words));
    return `${words.message}\n${words.hint}`;
  };

  it('says what to do', () => {
    assert.match(told(awsError('CredentialsProviderError')), /there are no AWS credentials here\n.*AWS_PROFILE/);
    assert.match(told(awsError('ExpiredTokenException')), /log in again/);
    assert.match(told(awsError('ParameterNotFound')), /there is no stage prod in/);
    assert.match(told(awsError('AccessDeniedException')), /mailweir-prod-operator/);
    assert.match(told(new Error('Region is missing')), /set AWS_REGION/);
    assert.match(told(Object.assign(new Error('connect'), { code: 'ENOTFOUND' })), /can't be reached/);
    assert.match(told(awsError('ThrottlingException')), /try again/);
  });

  it('finds it behind what was thrown for it', () => {
    assert.match(told(new Error('the table did not answer', { cause: awsError('AccessDeniedException') })), /does not allow it/);
    assert.match(told(new AggregateError([Object.assign(new Error(''), { code: 'ECONNREFUSED' })])), /can't be reached: ECONNREFUSED/);
  });

  it('leaves alone what is no failure of AWS', () => {
    const own = new CommandFailure('refused', 'exists already');
    assert.equal(inOperatorsWords(own, 'prod'), own);
    const fault = new TypeError('a fault of ours');
    assert.equal(inOperatorsWords(fault, 'prod'), fault);
  });

  it('reaches whoever typed the command', async (t) => {
    const denied = await answering(400, 'AccessDeniedException');
    t.after(() => denied.close());
    const ran = await runCli(['account', 'list', '--stage', 'prod'], '', denied.operator);
    assert.equal(ran.code, 1);
    assert.match(
      ran.err,
      /AWS does not allow it: User: arn:aws:iam::1:user\/carol is not authorized\n {2}whoever operates the stage needs/,
    );
  });
});

describe('a process as operators see it', () => {
  it('has its process id, or the beginning of its task’s id', () => {
    assert.deepEqual([processText(4711), processText('0123456789abcdef0123456789abcdef')], ['4711', '01234567']);
  });
});
