import { expect, it } from 'vitest';
import { describeEvidence, namedEvidence } from '../../../builder/evidence/files.ts';

const given = { unsigned: '[]\n', contents: new Uint8Array([1, 2]), modules: undefined };

it('evidence is described in the order of its kinds, whatever order it was made in', () => {
  expect(describeEvidence(given)).toEqual([
    {
      ...{ kind: 'contents', file: 'contents.json.gz', size: 2 },
      sha256: 'a12871fee210fb8619291eaea194581cbd2531e4b23759d225f6806923f63222',
    },
    {
      ...{ kind: 'unsigned', file: 'unsigned-packages.json', size: 3 },
      sha256: '37517e5f3dc66819f61f5a7bb8ace1921282415f10551d2defa5c3eb0985b570',
    },
  ]);
  const { contents, unsigned } = given;
  expect(describeEvidence({ contents, unsigned })).toEqual(describeEvidence(given));
});

it('evidence is written under the names that the manifest gives it', () => {
  expect(Object.keys(namedEvidence(given))).toEqual(describeEvidence(given).map(({ file }) => file));
});
