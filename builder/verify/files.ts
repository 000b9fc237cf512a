import { createHash } from 'node:crypto';
import { z } from 'zod';
import { imageId } from '../catalog/id.ts';
import type { EvidenceKind, Manifest } from '../contract/manifest.ts';
import { SignatureReport } from '../evidence/unsigned.ts';
import { type Contents, unpackContents } from '../strip/contents.ts';
import { type ModuleRecords, unpackModuleRecords } from '../strip/module-record.ts';
import { type ImageSource, readUpTo } from './source.ts';
import { keepTables, type Tables } from './squashfs.ts';
import type { Verification } from './verify.ts';

/** Evidence that is read, and not only compared, is no larger (bytes). */
const READ_BYTES = 64 << 20;

/** What is compared of an SPDX document, and of a CycloneDX one. */
const Spdx = z.object({
  packages: z.array(z.object({ SPDXID: z.string(), name: z.string(), versionInfo: z.string() })),
});
const CycloneDx = z.object({
  components: z.array(z.object({ type: z.string(), name: z.string(), version: z.string() })),
});

/** Packages of a bill of materials: "bash 5.1.8-9.el9". It names the image itself, and its distribution, as well. */
export type Billed = string[];

function readSpdx(bytes: Buffer): Billed {
  const { packages } = Spdx.parse(JSON.parse(bytes.toString('utf8')));
  const ofRoot = packages.filter(({ SPDXID }) => SPDXID.startsWith('SPDXRef-Package-'));
  return ofRoot.map(({ name, versionInfo }) => `${name} ${versionInfo}`);
}

function readCycloneDx(bytes: Buffer): Billed {
  const { components } = CycloneDx.parse(JSON.parse(bytes.toString('utf8')));
  const ofRoot = components.filter(({ type }) => type === 'library');
  return ofRoot.map(({ name, version }) => `${name} ${version}`);
}

function readUnsigned(bytes: Buffer): SignatureReport {
  return SignatureReport.parse(JSON.parse(bytes.toString('utf8')));
}

interface Named {
  file: string;
  size: number;
  sha256: string;
}

export interface FoundFiles {
  /** File with at least the tables of the root; undefined when there is none to be had. */
  rootfs: string | undefined;
  records: {
    contents: Contents | undefined;
    modules: ModuleRecords | undefined;
    bills: { spdx: Billed | undefined; cyclonedx: Billed | undefined };
    signatures: SignatureReport | undefined;
  };
  close(): Promise<void>;
}

/** Compares every file that the manifest names; nothing of it is kept but what is looked into. */
export async function checkFiles(
  source: ImageSource,
  manifest: Manifest,
  report: Verification,
): Promise<FoundFiles> {
  const { artifacts, evidence } = manifest;
  if (imageId(artifacts) !== manifest.id)
    damaged(report, `the id ${manifest.id} is not that of the manifest's artifacts`);
  const tables = source.path ? undefined : await keepTables();
  try {
    for (const artifact of artifacts)
      await compare(source, artifact, report, artifact.role === 'rootfs' ? tables : undefined);
    const read = new Map<EvidenceKind, Buffer>();
    for (const row of evidence) {
      const bytes = await compareEvidence(source, row, report);
      if (bytes) read.set(row.kind, bytes);
    }
    const rootfs = artifacts.find(({ role }) => role === 'rootfs');
    return {
      rootfs: rootfs && (tables ? tables.file : source.path?.(rootfs.file)),
      records: {
        contents: unpack(read.get('contents'), 'contents', unpackContents, report),
        modules: unpack(read.get('modules'), 'modules', unpackModuleRecords, report),
        bills: {
          spdx: unpack(read.get('sbom-spdx'), 'sbom-spdx', readSpdx, report),
          cyclonedx: unpack(read.get('sbom-cyclonedx'), 'sbom-cyclonedx', readCycloneDx, report),
        },
        signatures: unpack(read.get('unsigned'), 'unsigned', readUnsigned, report),
      },
      close: async () => tables?.remove(),
    };
  } catch (error) {
    await tables?.remove();
    throw error;
  }
}

async function compare(
  source: ImageSource,
  named: Named,
  report: Verification,
  tables?: Tables | undefined,
): Promise<void> {
  const pieces = await source.open(named.file);
  if (!pieces) return damaged(report, `${named.file} is missing`);
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of pieces) {
    hash.update(piece);
    await tables?.take(piece, bytes);
    bytes += piece.length;
    if (bytes > named.size) break;
  }
  report.files++;
  report.bytes += bytes;
  judge(named, bytes, hash.digest('hex'), report);
}

/** @returns its bytes when they are what the manifest says, and few enough to be looked into */
async function compareEvidence(
  source: ImageSource,
  row: Named & { kind: EvidenceKind },
  report: Verification,
): Promise<Buffer | undefined> {
  if (row.size > READ_BYTES) {
    await compare(source, row, report);
    return undefined;
  }
  const bytes = await readUpTo(source, row.file, row.size);
  if (!bytes) return void damaged(report, `${row.file} is missing`);
  report.files++;
  report.bytes += bytes.length;
  const digest = createHash('sha256').update(bytes).digest('hex');
  return judge(row, bytes.length, digest, report) ? bytes : undefined;
}

function judge({ file, size, sha256 }: Named, bytes: number, digest: string, report: Verification): boolean {
  if (bytes > size) damaged(report, `${file} has more than ${size} bytes`);
  else if (bytes < size) damaged(report, `${file} has ${bytes} bytes, not ${size}`);
  else if (digest !== sha256) damaged(report, `${file} has other content than the manifest says`);
  else return true;
  return false;
}

function unpack<T>(
  bytes: Buffer | undefined,
  kind: EvidenceKind,
  read: (bytes: Buffer) => T,
  report: Verification,
): T | undefined {
  if (!bytes) return undefined;
  try {
    return read(bytes);
  } catch {
    const mend = 'build the image again with this version';
    report.faults.push({ code: 'record-invalid', what: `its ${kind} cannot be read`, mend });
    return undefined;
  }
}

function damaged(report: Verification, what: string): void {
  const mend = 'get the image again from where it came, or build it again with --force';
  report.faults.push({ code: 'file-damaged', what, mend });
}
