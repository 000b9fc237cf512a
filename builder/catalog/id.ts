import type { Artifact } from '../contract/manifest.ts';
import { identity } from '../shared/ids.ts';

/** Files of an image beside its artifacts and evidence. */
export const MANIFEST = 'manifest.json';
export const SIGNATURE = 'manifest.json.minisig';
export const PROVENANCE = 'provenance.json';

/** What came of testing it, a folder beside the manifest: results, their signature, a chart of them, logs and screens. */
export const TESTS = 'tests';
export const RESULT = 'result.json';
export const RESULT_SIGNATURE = 'result.json.minisig';
export const CHART = 'chart.html';

export function isImageId(name: string): boolean {
  return /^[0-9a-f]{16}$/.test(name);
}

/** First 16 hex digits of the hash of the artifacts' roles and digests, in the order of roles. */
export function imageId(artifacts: readonly Artifact[]): string {
  const digests = artifacts.map(({ role, sha256 }) => [role, sha256] as const);
  return identity(digests.sort(([a], [b]) => (a < b ? -1 : 1))).slice(0, 16);
}

/** File beside the manifest that records one set of inputs (lock and all) that gave these bytes. */
export function buildFile(buildKey: string): string {
  return `build-${buildKey.slice(0, 16)}.json`;
}

export function isBuildFile(name: string): boolean {
  return /^build-[0-9a-f]{16}\.json$/.test(name);
}
