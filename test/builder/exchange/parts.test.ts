import { describe, expect, it } from 'vitest';
import type { Artifact } from '../../../builder/contract/manifest.ts';
import { clash, namedParts, PAPER_BYTES, recordOf, roomFor } from '../../../builder/exchange/parts.ts';
import { manifest } from '../../shared/manifest.ts';
import { provenance } from '../../shared/provenance.ts';

const sha256 = 'a'.repeat(64);
const artifact = (role: Artifact['role'], file: string): Artifact => ({ role, file, size: 7, sha256 });
const image = (...files: string[]) =>
  manifest({
    artifacts: files.map((file) => artifact('kernel', file)),
    evidence: [{ kind: 'contents', file: 'contents.json.gz', size: 5, sha256 }],
  });
const RECORD = 'build-0123456789abcdef.json';

it('evidence comes before artifacts, which are large', () => {
  expect(namedParts(image('vmlinuz'))).toEqual([
    { file: 'contents.json.gz', size: 5 },
    { file: 'vmlinuz', size: 7 },
  ]);
});

describe('room is', () => {
  it.each<[file: string, record: string | undefined, room: number | undefined]>([
    ['vmlinuz', undefined, 7],
    ['contents.json.gz', undefined, 5],
    ['provenance.json', undefined, PAPER_BYTES],
    [RECORD, RECORD, PAPER_BYTES],
    [RECORD, undefined, undefined],
    [RECORD, 'build-fedcba9876543210.json', undefined],
    ['manifest.json', undefined, undefined],
    ['manifest.json.minisig', undefined, undefined],
    ['tested.json', undefined, undefined],
  ])('for %s, where the provenance names %s: %s', (file, record, room) => {
    expect(roomFor(image('vmlinuz'), file, record)).toBe(room);
  });
});

it.each([
  [['vmlinuz', 'initramfs.img'], undefined],
  [['vmlinuz', 'vmlinuz'], 'vmlinuz'],
  [['contents.json.gz'], 'contents.json.gz'],
  [['manifest.json'], 'manifest.json'],
  [['manifest.json.minisig'], 'manifest.json.minisig'],
  [['provenance.json'], 'provenance.json'],
  [[RECORD], RECORD],
])('files %j: in each other’s way is %s', (files, name) => {
  expect(clash(image(...files))).toBe(name);
});

it.each([
  [[], undefined],
  [['stages'], undefined],
  [['stages', RECORD], RECORD],
])('of the byproducts %j the lock is %s', (names, record) => {
  const told = provenance('2026-01-01T00:00:00.000Z');
  told.predicate.runDetails.byproducts = names.map((name) => ({ name }));
  expect(recordOf(told)).toBe(record);
});
