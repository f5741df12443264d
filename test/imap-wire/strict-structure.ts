import assert from 'node:assert/strict';
import type { Datum } from './strict-reader.ts';

type List = readonly Datum[];

const isNstring = (datum: Datum | undefined): boolean => datum === null || typeof datum === 'string';

function listOf(datum: Datum | undefined, what: string): List {
  assert.ok(Array.isArray(datum), `${what} is no list`);
  return datum;
}

/** RFC 3501 section 9, envelope: ten fields, six of them lists of addresses of four. */
export function assertEnvelope(datum: Datum | undefined): void {
  const fields = listOf(datum, 'an envelope');
  assert.equal(fields.length, 10);
  for (const at of [0, 1, 8, 9]) assert.ok(isNstring(fields[at]));
  for (const addresses of fields.slice(2, 8)) {
    if (addresses === null) continue;
    for (const address of listOf(addresses, 'an address list')) {
      const parts = listOf(address, 'an address');
      assert.ok(parts.length === 4 && parts.every(isNstring));
    }
  }
}

/** RFC 3501 section 9, body: of one part, of text with lines, of a message with envelope, body and lines, or of parts; extensions in their order. */
export function assertBody(datum: Datum | undefined, extended: boolean): void {
  const body = listOf(datum, 'a body');
  if (Array.isArray(body[0])) assertMultipart(body, extended);
  else assertOnePart(body, extended);
}

function assertOnePart(body: List, extended: boolean): void {
  const [type, subtype, params, id, description, encoding, size, ...rest] = body;
  for (const text of [type, subtype, encoding]) assert.equal(typeof text, 'string');
  assertParams(params);
  assert.ok(isNstring(id) && isNstring(description) && typeof size === 'number');
  assertExtension(afterOfType(`${type}/${subtype}`, rest, extended), extended);
}

/** @returns what stands behind the fields that belong to the type */
function afterOfType(type: string, rest: List, extended: boolean): List {
  if (type === 'message/rfc822') {
    assertEnvelope(rest[0]);
    assertBody(rest[1], extended);
    assert.equal(typeof rest[2], 'number');
    return rest.slice(3);
  }
  if (!type.startsWith('text/')) return rest;
  assert.equal(typeof rest[0], 'number');
  return rest.slice(1);
}

function assertMultipart(body: List, extended: boolean): void {
  const parts = body.slice(
    0,
    body.findIndex((one) => !Array.isArray(one)),
  );
  for (const part of parts) assertBody(part, extended);
  const [subtype, params, ...place] = body.slice(parts.length);
  assert.equal(typeof subtype, 'string');
  if (!extended) {
    assert.equal(body.length, parts.length + 1);
    return;
  }
  assertParams(params);
  assertPlace(place);
}

function assertExtension(rest: List, extended: boolean): void {
  if (!extended) {
    assert.deepEqual(rest, []);
    return;
  }
  assert.ok(isNstring(rest[0]));
  assertPlace(rest.slice(1));
}

function assertPlace([disposition, language, location, ...more]: List): void {
  if (disposition !== null) {
    const [kind, params] = listOf(disposition, 'a disposition');
    assert.equal(typeof kind, 'string');
    assertParams(params);
  }
  if (language !== null) assert.ok(listOf(language, 'languages').every((one) => typeof one === 'string'));
  assert.ok(isNstring(location));
  assert.deepEqual(more, []);
}

function assertParams(datum: Datum | undefined): void {
  if (datum === null) return;
  const params = listOf(datum, 'parameters');
  assert.ok(params.length % 2 === 0 && params.every((one) => typeof one === 'string'));
}
