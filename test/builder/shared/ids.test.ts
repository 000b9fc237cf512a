import { expect, it } from 'vitest';
import { canonicalJson, identity } from '../../../builder/shared/ids.ts';

it('canonical JSON does not depend on the order of keys', () => {
  expect(canonicalJson({ b: [1, { d: null, c: 'x' }], a: undefined })).toBe('{"b":[1,{"c":"x","d":null}]}');
});
it('a golden identity', () => {
  expect(identity({ b: 1, a: 2 })).toBe('d3626ac30a87e6f7a6428233b3c68299976865fa5508e4267c5415c76af7a772');
});
