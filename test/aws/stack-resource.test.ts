import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { answerResource, parseResourceRequest } from '../../platform/aws/stack-resource.ts';

const asked = {
  RequestType: 'Update',
  ResponseURL: 'https://bucket.example/answer?signed',
  StackId: 'arn:stack',
  RequestId: 'request-1',
  LogicalResourceId: 'Settings',
  ResourceProperties: { stage: 'test' },
};

/** CloudFormation's bucket. */
function bucket(statuses: readonly number[] = [200]) {
  const left = [...statuses];
  const answers: { readonly url: string; readonly body: Record<string, unknown> }[] = [];
  const put = async (url: unknown, init?: RequestInit): Promise<Response> => {
    const status = left.shift() ?? 200;
    if (status === 200) answers.push({ url: String(url), body: JSON.parse(String(init?.body)) });
    return new Response(null, { status });
  };
  return { answers, deps: { fetch: put as typeof fetch } };
}

describe('a resource of our own in a stack', () => {
  it('is answered for under a name that never changes, with what CloudFormation knows the request by', async () => {
    const { answers, deps } = bucket();
    await answerResource(parseResourceRequest(asked), '/mailweir/test/', async () => {}, deps);
    assert.deepEqual(answers, [
      {
        url: 'https://bucket.example/answer?signed',
        body: {
          Status: 'SUCCESS',
          PhysicalResourceId: '/mailweir/test/',
          StackId: 'arn:stack',
          RequestId: 'request-1',
          LogicalResourceId: 'Settings',
        },
      },
    ]);
  });

  it('says that it failed and why, because a deploy would wait an hour for an answer that never comes', async () => {
    const { answers, deps } = bucket();
    const failing = answerResource(parseResourceRequest(asked), '/mailweir/test/', () => Promise.reject(new Error('throttled')), deps);
    await assert.rejects(failing, /throttled/);
    assert.equal(answers[0]?.body.Status, 'FAILED');
    assert.equal(answers[0]?.body.Reason, 'throttled');
  });

  it('answers again when the answer was not taken', async () => {
    const { answers, deps } = bucket([503, 503]);
    await answerResource(parseResourceRequest(asked), '/mailweir/test/', async () => {}, deps);
    assert.equal(answers.length, 1);
  });

  it('gives up after three times', async () => {
    const { deps } = bucket([403, 403, 403]);
    await assert.rejects(
      answerResource(parseResourceRequest(asked), '/mailweir/test/', async () => {}, deps),
      /answered 403/,
    );
  });

  it('takes nothing for a request that does not say where to answer', () => {
    assert.throws(() => parseResourceRequest({ ...asked, ResponseURL: undefined }), /ResponseURL/);
    assert.throws(() => parseResourceRequest({ ...asked, RequestType: 'Look' }), /RequestType/);
    assert.throws(() => parseResourceRequest('nothing'), /no request/);
  });
});
