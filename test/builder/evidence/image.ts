import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { imageId } from '../../../builder/catalog/id.ts';
import { stageImage } from '../../../builder/catalog/stage.ts';
import type { Manifest } from '../../../builder/contract/manifest.ts';
import { describeEvidence, namedEvidence } from '../../../builder/evidence/files.ts';
import { sealImage } from '../../../builder/evidence/seal.ts';
import type { Signer } from '../../../builder/evidence/signature.ts';
import type { SignatureReport } from '../../../builder/evidence/unsigned.ts';
import { makeSquashfs } from '../../../builder/image/image.ts';
import { describeArtifacts } from '../../../builder/inputs.ts';
import { loadRecipe } from '../../../builder/recipe/load.ts';
import { type Contents, packContents } from '../../../builder/strip/contents.ts';
import { listRoot } from '../../../builder/strip/listing.ts';
import { type ModuleRecords, packModuleRecords } from '../../../builder/strip/module-record.ts';
import { manifest } from '../../shared/manifest.ts';

const KERNEL = '6.1.0';
const TUN = `usr/lib/modules/${KERNEL}/kernel/net/tun.ko`;
const GONE = `usr/lib/modules/${KERNEL}/kernel/net/dummy.ko`;

const PACKAGE = { name: 'kernel', epoch: 0, version: '6.1.0', release: '1', arch: 'x86_64' };

/** As much of the documents as is compared. */
function spdx(names: readonly string[]): string {
  const packages = names.map((one, at) => {
    const [name, versionInfo] = one.split(' ');
    return { SPDXID: `SPDXRef-Package-${at}`, name, versionInfo };
  });
  return JSON.stringify({
    packages: [{ SPDXID: 'SPDXRef-Image', name: 'lab', versionInfo: '1' }, ...packages],
  });
}

function cyclonedx(names: readonly string[]): string {
  const components = names.map((one) => {
    const [name, version] = one.split(' ');
    return { type: 'library', name, version };
  });
  return JSON.stringify({
    components: [{ type: 'operating-system', name: 'debian', version: '12' }, ...components],
  });
}

/** Small, but with what makes listings hard to read: links, blanks, empty files, other file types. */
async function makeRoot(root: string): Promise<void> {
  await mkdir(join(root, TUN, '..'), { recursive: true });
  await mkdir(join(root, 'etc/empty folder'), { recursive: true });
  const files = {
    [TUN]: 'module',
    'etc/a file -> not a link': 'blanks',
    'etc/nothing': '',
    'etc/hosts': 'x\n',
  };
  for (const [path, text] of Object.entries(files)) await writeFile(join(root, path), text);
  await writeFile(join(root, `usr/lib/modules/${KERNEL}/modules.dep`), 'shorter');
  await symlink('usr/lib', join(root, 'lib'));
  await chmod(join(root, 'etc/hosts'), 0o4755);
}

export interface Told {
  contents: Contents;
  modules: ModuleRecords;
  /** Of both documents: "bash 5.1.8-9.el9". */
  bills: { spdx: string[]; cyclonedx: string[] };
  signatures: SignatureReport;
  manifest: Partial<Manifest>;
}

/** What a build would record of that root. */
function tell(root: string): Told {
  const paths = listRoot(root).map(({ path, kind, size }) => ({
    ...{
      path,
      kind,
      size: path.endsWith('modules.dep') ? size + 9 : size,
      keep: true,
      why: 'unnamed' as const,
    },
    owners: path === TUN ? [0] : [],
  }));
  const gone = {
    path: GONE,
    kind: 'file' as const,
    size: 3,
    owners: [0],
    keep: false,
    why: 'rule' as const,
    rule: 0,
  };
  const rules = [{ at: 'r:0', verb: 'drop-module', because: 'a test' }];
  const module = { aliases: [], depends: [], firmware: [] };
  return {
    contents: { schema: 1, rules, packages: ['kernel'], paths: [...paths, gone] },
    modules: {
      ...{ schema: 1, kernel: KERNEL },
      modules: [
        { ...module, name: 'tun', path: TUN, kept: true },
        { ...module, name: 'dummy', path: GONE, kept: false },
        { ...module, name: 'loop', kept: true },
      ],
    },
    bills: { spdx: ['kernel 6.1.0-1'], cyclonedx: ['kernel 6.1.0-1'] },
    signatures: { schema: 1, packages: 1, unsigned: [], keys: [] },
    manifest: { packages: [PACKAGE] },
  };
}

/**
 * An image of a small root in a catalog, as a build leaves one.
 * @param change of what is told of it, before it is signed
 */
export async function makeImage(
  base: string,
  signer: Signer | undefined,
  change: (told: Told) => Told = (told) => told,
): Promise<Manifest> {
  const root = join(base, 'root');
  const loaded = await loadRecipe(join(import.meta.dirname, '../../../images/recipes/lab.yaml'), {
    ...{ mirror: '/mirror', key: '/key' },
  });
  await makeRoot(root);
  const staged = await stageImage(join(base, 'catalog'));
  await makeSquashfs({ root, recipe: loaded.recipe, output: staged.folder, epoch: 0 });
  for (const file of ['vmlinuz', 'initramfs.img', 'image.iso'])
    await writeFile(join(staged.folder, file), file);
  const artifacts = await describeArtifacts(staged.folder);
  const told = change(tell(root));
  const evidence = {
    ...{ contents: packContents(told.contents), modules: packModuleRecords(told.modules) },
    ...{ 'sbom-spdx': spdx(told.bills.spdx), 'sbom-cyclonedx': cyclonedx(told.bills.cyclonedx) },
    unsigned: JSON.stringify(told.signatures),
  };
  const plain = manifest({ evidence: describeEvidence(evidence), kernelVersion: KERNEL, artifacts });
  const rules = [{ rule: 'r:0', verb: 'drop-module', because: 'a test', files: 1, bytes: 3 }];
  const strip = {
    ...plain.strip,
    rules,
    filesRemoved: 1,
    bytesRemoved: 3,
    modulesKept: 1,
    modulesRemoved: 1,
  };
  const recipe = { name: loaded.recipe.name, sha256: loaded.sha256 };
  const signatures = { base: 'checked' as const };
  const made = { ...plain, id: imageId(artifacts), recipe, signatures, strip, ...told.manifest };
  const key = 'c'.repeat(64);
  const packages = [{ ...PACKAGE, repository: 'base', checksum: `sha256:${'d'.repeat(64)}` }];
  const inputs = { loaded, lock: { packages, keys: {} }, materials: {}, key } as never;
  const sealed = sealImage({ manifest: made, inputs, stages: [], started: new Date() }, signer);
  await staged.publish(made, { ...namedEvidence(evidence), ...sealed });
  return made;
}
