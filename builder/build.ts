import { constants, copyFile, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openLocks, underLock } from './cache/locks.ts';
import { Stages } from './cache/stages.ts';
import { type Fork, openWorkplace, type Workplace } from './cache/workplace.ts';
import { openCatalog } from './catalog/catalog.ts';
import { type StagedImage, stageImage } from './catalog/stage.ts';
import { configureRoot } from './configure/configure.ts';
import { hypervisorArguments } from './configure/kernel-arguments.ts';
import { type Overlay, readOverlay } from './configure/overlay.ts';
import { compilePolicy, labelled, layPolicy, localModules, policySource } from './configure/policy.ts';
import type { Manifest, PackageRecord } from './contract/manifest.ts';
import { describePackages } from './evidence/described.ts';
import { namedEvidence } from './evidence/files.ts';
import { publishKey, readSigner } from './evidence/keys.ts';
import { sealImage } from './evidence/seal.ts';
import type { Signer } from './evidence/signature.ts';
import { explained } from './failure.ts';
import { type OpenFleet, openFleet } from './fleet/open.ts';
import { openFolder } from './folders.ts';
import type { Attributes } from './image/archive.ts';
import { emptyMountPoints, makeSquashfs } from './image/image.ts';
import { type LabelWay, labelRoot, labelWay } from './image/way.ts';
import { initramfsFiles } from './initramfs/initramfs.ts';
import { type InitramfsJob, InitramfsJobs } from './initramfs-job.ts';
import { describeArtifacts, type Inputs, lockEpoch, type Media, makeManifest } from './inputs.ts';
import { knownImage } from './known.ts';
import { findSignedLoaders, keepSignedLoaders } from './media/loaders.ts';
import { makeMedia } from './media/media.ts';
import { PLATFORMS } from './media/platform.ts';
import { installed, type Provision, provide, rootInputs } from './provision.ts';
import { type LoadedRecipe, loadRecipe } from './recipe/load.ts';
import { artifactSizes, assertBudget, assertRamBudget } from './report/budget.ts';
import { type PlanReport, planReport } from './report/plan.ts';
import { readLastGood } from './report/read.ts';
import type { Lock } from './root/lock.ts';
import { type LockFile, lockFileOf } from './root/lock-file.ts';
import { FileDigests } from './shared/digests.ts';
import { identity } from './shared/ids.ts';
import { together } from './shared/together.ts';
import { type Sources, sourceIdentity } from './sources.ts';
import type { Progress, Stage, Stopwatch } from './stopwatch.ts';
import { type Contents, makeContents, packContents } from './strip/contents.ts';
import { readModules } from './strip/facts.ts';
import { listRoot, sizeOf } from './strip/listing.ts';
import { packModuleRecords } from './strip/module-record.ts';
import type { ModuleInfo } from './strip/modules.ts';
import { assertProved } from './strip/proofs.ts';
import { type PlannedStrip, planRoot, stripRoot } from './strip/strip.ts';
import { timed } from './timed.ts';
import { checkTools } from './tools.ts';
import type { BuildRequest } from './worker/protocol.ts';

export interface BuildContext extends BuildRequest {
  signal: AbortSignal;
  progress: Progress;
}

/** The stages in order. Runs in a process of its own with its own mount namespace: worker/start.ts. */
export async function buildImage(context: BuildContext): Promise<Manifest> {
  return withBuild(context, 'media', async (build) => {
    await openFolder(context.catalog, '--catalog');
    return build.run();
  });
}

/** Which packages the recipe comes to now: the first stage alone. */
export async function lockImage(context: BuildContext): Promise<LockFile> {
  return withBuild(context, 'lock', (build) => build.lock());
}

/** What would be removed, and whether the rest would be whole: the stages up to the plan. No image, no catalog. */
export async function planImage(context: BuildContext): Promise<PlanReport> {
  return withBuild(context, 'plan', (build) => build.plan());
}

/** @param last its last stage */
async function withBuild<T>(
  context: BuildContext,
  last: Stage,
  work: (build: Build) => Promise<T>,
): Promise<T> {
  try {
    context.signal.throwIfAborted();
    const sources = context.fromRoot === undefined;
    const written = await loadRecipe(context.recipe, context.variables, { sources });
    const builder = await sourceIdentity();
    assertRamBudget(written.recipe);
    const signer = context.key === undefined ? undefined : await readSigner(context.key);
    const fleet = context.fleet === undefined ? undefined : await openFleet(context.fleet);
    await checkTools(written.recipe, last !== 'lock');
    await openFolder(context.cache, '--cache');
    await openLocks(context.cache);
    const stages = await Stages.open(context.cache);
    const place = await openWorkplace(context.cache);
    try {
      const labels = await labelWay(await place.make('root-folder'));
      const loaded = labelled(written, labels !== undefined);
      return await timed(context, loaded.recipe.name, last, (watch) =>
        work(new Build(context, loaded, labels, fleet, builder, stages, place, watch, signer)),
      );
    } finally {
      // What stays behind goes with the next build: it must not hide how this one ended.
      await place.close().catch(() => undefined);
      await stages.release().catch(() => undefined);
    }
  } catch (error) {
    throw explained(error, context);
  }
}

/** What one build carries from stage to stage. */
class Build {
  readonly #context: BuildContext;
  readonly #loaded: LoadedRecipe;
  readonly #labelWay: LabelWay | undefined;
  readonly #fleet: OpenFleet | undefined;
  readonly #stages: Stages;
  readonly #place: Workplace;
  readonly #watch: Stopwatch;
  readonly #provision: Provision;
  readonly #signer: Signer | undefined;
  readonly #started = new Date();
  readonly #digests = new FileDigests();
  #modules: Promise<ModuleInfo[]> | undefined;

  constructor(
    context: BuildContext,
    loaded: LoadedRecipe,
    labels: LabelWay | undefined,
    fleet: OpenFleet | undefined,
    builder: Sources,
    stages: Stages,
    place: Workplace,
    watch: Stopwatch,
    signer: Signer | undefined,
  ) {
    this.#signer = signer;
    this.#context = context;
    this.#loaded = loaded;
    this.#labelWay = labels;
    this.#fleet = fleet;
    this.#stages = stages;
    this.#place = place;
    this.#watch = watch;
    this.#provision = {
      ...{ request: context, signal: context.signal, loaded, builder, stages, place, watch },
      explain: (stage, reason, reused) => this.#explain(stage, reason, reused),
    };
  }

  async run(): Promise<Manifest> {
    const { catalog, force, overlay: folder } = this.#context;
    const overlay = await readOverlay(folder ?? join(import.meta.dirname, 'overlay'));
    const { lock, folder: taken } = await provide(this.#provision);
    const inputs = await this.#gatherInputs(lock, overlay);
    const { progress } = this.#context;
    const known = force ? undefined : await knownImage(catalog, inputs.key, this.#signer, progress);
    if (known) return known;
    const made = taken ?? (await installed(this.#provision, inputs));
    const root = await this.#mount(made);
    const staged = await stageImage(catalog);
    const where = { stages: this.#stages, place: this.#place, cache: this.#context.cache };
    const say = (message: string) => progress({ stage: 'initramfs', message });
    const jobs = new InitramfsJobs({ ...where, inputs, say, signal: this.#context.signal });
    try {
      const signed = await findSignedLoaders(root, PLATFORMS[this.#loaded.recipe.arch]);
      const loaders = signed ? await keepSignedLoaders(signed, await this.#place.make('loaders')) : undefined;
      await this.#configure(root, inputs, overlay);
      const owners = join(made, 'owners.txt');
      const policy = await this.#policy(root, inputs, jobs, owners);
      const planned = await this.#planStrip(root, owners);
      assertProved(planned.verdict);
      const job = await jobs.begin(root, planned);
      const stripped = await this.#strip(root, planned);
      const attributes = await this.#labels(root, policy);
      const records = await this.#image(root, stripped, lock, planned, attributes, staged.folder);
      const initramfs = await this.#initramfs(job, planned, staged.folder);
      const media = await this.#media(inputs, loaders, staged.folder);
      return await this.#publish(staged, inputs, made, planned, { ...media, ...records, initramfs });
    } finally {
      await jobs.end();
      await staged.discard();
    }
  }

  async plan(): Promise<PlanReport> {
    const overlay = await readOverlay(this.#context.overlay ?? join(import.meta.dirname, 'overlay'));
    const { lock, folder: taken } = await provide(this.#provision);
    const inputs = await this.#gatherInputs(lock, overlay);
    const made = taken ?? (await installed(this.#provision, inputs));
    const root = await this.#mount(made);
    await this.#configure(root, inputs, overlay);
    const planned = await this.#planStrip(root, join(made, 'owners.txt'));
    return planReport(this.#loaded.recipe.name, sizeOf(listRoot(root)), planned);
  }

  async lock(): Promise<LockFile> {
    return lockFileOf(this.#loaded.recipe, (await provide(this.#provision)).lock);
  }

  async #gatherInputs(lock: Lock, overlay: Overlay): Promise<Inputs> {
    const builder = this.#provision.builder;
    const root = rootInputs(lock, builder);
    const { sha256, recipe } = this.#loaded;
    const selinux = { mode: recipe.selinux, modules: await localModules() };
    const made = { root, recipe: sha256, overlay: overlay.identity, builder: builder.all, selinux };
    const fleet = this.#fleet?.identity;
    const materials = {
      ...{ builder: builder.all, overlay: overlay.identity, 'SELinux modules': identity(selinux.modules) },
      ...(fleet === undefined ? {} : { fleet }),
    };
    return { loaded: this.#loaded, lock, root, key: identity({ ...made, fleet }), builder, materials };
  }

  async #configure(root: string, { key }: Inputs, overlay: Overlay): Promise<void> {
    const { recipe } = this.#loaded;
    const { signal } = this.#context;
    await this.#watch.stage('configure', 'making the root a hypervisor', async (say, size) => {
      const before = sizeOf(listRoot(root));
      const scratch = await this.#place.make('configure');
      await configureRoot({ root, recipe, overlay, buildKey: key, scratch, say, signal });
      size(before, sizeOf(listRoot(root)));
    });
  }

  /** The policy of an image with SELinux, by its type; compiling it takes longer than most stages. */
  async #policy(
    root: string,
    inputs: Inputs,
    jobs: InitramfsJobs,
    owners: string,
  ): Promise<string | undefined> {
    const { signal, cache } = this.#context;
    const { selinux } = this.#loaded.recipe;
    if (selinux === 'disabled') return undefined;
    return this.#watch.stage('policy', `SELinux, ${selinux}`, async (say) => {
      const source = await policySource(root);
      const depends = { root: identity(inputs.root), source };
      await underLock(cache, `policy-${identity(depends).slice(0, 16)}`, say, signal, async () => {
        const found = await this.#stages.find('policy', depends);
        this.#explain('policy', found.reason, found.folder !== undefined);
        if (found.folder) return layPolicy(root, source, found.folder, signal);
        const made = await this.#place.make('policy');
        const ahead = await this.#place.fork(signal);
        await together(compilePolicy(root, source, made, signal), this.#ahead(ahead, jobs, owners));
        await this.#stages.keep('policy', depends, made);
      });
      return source.policy.type;
    });
  }

  async #planStrip(root: string, owners: string): Promise<PlannedStrip> {
    return this.#watch.stage('plan', 'deciding what a hypervisor does not need', async (say) => {
      const planned = await this.#planOf(root, owners);
      const { removals, idle, rules } = planned.plan;
      say(`${removals.length} of ${planned.input.entries.length} paths go`);
      if (idle.length > 0) say(`rules that match nothing: ${idle.map((i) => rules[i]!.at).join(', ')}`);
      return planned;
    });
  }

  async #planOf(root: string, owners: string): Promise<PlannedStrip> {
    const { rules } = this.#loaded;
    return planRoot({ root, rules, owners, more: this.#fleet?.rules, modules: await this.#modules! });
  }

  /** From the cache's root, while it is being configured. */
  async #mount(made: string): Promise<string> {
    const { signal } = this.#context;
    const tree = join(made, 'tree');
    this.#modules = readModules(tree, signal);
    // The plan waits for it, and hears of a failure.
    this.#modules.catch(() => undefined);
    return this.#place.mountRoot(tree, signal);
  }

  /** While the policy is compiled: none of its files says which modules an initramfs has. */
  async #ahead(fork: Fork, jobs: InitramfsJobs, owners: string): Promise<void> {
    await jobs.ahead(fork, await this.#planOf(fork.root, owners));
  }

  /** @returns paths of what is in it */
  async #initramfs(job: InitramfsJob, planned: PlannedStrip, output: string): Promise<readonly string[]> {
    return this.#watch.stage('initramfs', 'dracut in the root', async (_, size) => {
      this.#explain('initramfs', job.lookup.reason, job.lookup.folder !== undefined);
      const folder = await job.made;
      // No second name for the cache's file: what damages one must not damage the other.
      for (const name of ['vmlinuz', 'initramfs.img'])
        await copyFile(join(folder, name), join(output, name), constants.COPYFILE_FICLONE);
      size(sizeOf(planned.input.entries), (await stat(join(output, 'initramfs.img'))).size);
      return initramfsFiles(folder);
    });
  }

  /** @returns bytes of what is left */
  async #strip(root: string, planned: PlannedStrip): Promise<number> {
    return this.#watch.stage('strip', 'removing what a hypervisor does not need', async (_, size) => {
      await stripRoot(root, planned, this.#context.signal);
      await emptyMountPoints(root);
      const left = sizeOf(listRoot(root));
      size(sizeOf(planned.input.entries), left);
      return left;
    });
  }

  /** @returns what the image's files have, when it is not what the root's have by then */
  async #labels(root: string, policy: string | undefined): Promise<Attributes | undefined> {
    if (policy === undefined) return undefined;
    const [way, { signal }] = [this.#labelWay, this.#context];
    return this.#watch.stage('labels', 'SELinux labels', (say) => labelRoot(root, policy, way, say, signal));
  }

  /** While others pack the root this process has nothing to do: it writes what the image is made of. */
  async #image(
    root: string,
    bytes: number,
    lock: Lock,
    planned: PlannedStrip,
    attributes: Attributes | undefined,
    output: string,
  ): Promise<Records> {
    const { signal } = this.#context;
    const { recipe } = this.#loaded;
    return this.#watch.stage('image', 'packing the root', async (_, size) => {
      const given = attributes && { attributes, scratch: await this.#place.make('root-folder') };
      const packed = makeSquashfs({ root, recipe, output, epoch: lockEpoch(lock), given, signal });
      const contents = makeContents(planned.input, planned.plan);
      const texts = { contents: packContents(contents), modules: packModuleRecords(planned.modules) };
      await packed;
      size(bytes, (await stat(join(output, 'rootfs.squashfs'))).size);
      return { contents, texts };
    });
  }

  async #media(inputs: Inputs, signed: Media['signed'], output: string): Promise<Media> {
    const [{ signal }, { recipe, release }] = [this.#context, this.#loaded];
    const kernelArguments = [...release.live, ...hypervisorArguments(recipe), ...recipe.kernelArguments];
    const label = `RACKHAND-${inputs.key.slice(0, 8).toUpperCase()}`;
    const { media: kinds, rescue, ramRequired } = recipe;
    const what = `${kinds.join(', ')}${signed ? ' with the signed boot chain' : ''}`;
    await this.#watch.stage('media', what, async (_, size) => {
      const before = (await stat(join(output, 'rootfs.squashfs'))).size;
      // Links to the artifacts: the scratch folder has to be on the catalog's file system.
      const work = join(output, '.media');
      const [digests, epoch, title] = [this.#digests, lockEpoch(inputs.lock), `Rackhand ${recipe.name}`];
      const texts = { title, label, kernelArguments, rescue, ramRequired, platform: PLATFORMS[recipe.arch] };
      const options = { ...texts, output, work, signed, epoch, digests, signal };
      const files = await makeMedia(options, kinds);
      const made = await Promise.all(files.map((file) => stat(join(output, file))));
      const after = made.reduce((sum, file) => sum + file.size, 0);
      size(before, after);
    });
    return { label, kernelArguments, signed };
  }

  async #publish(
    staged: StagedImage,
    inputs: Inputs,
    installed: string,
    planned: PlannedStrip,
    { initramfs, contents, texts, ...media }: Media & Records & { initramfs: readonly string[] },
  ): Promise<Manifest> {
    const { catalog, signal, progress } = this.#context;
    const packages = JSON.parse(await readFile(join(installed, 'packages.json'), 'utf8')) as PackageRecord[];
    const artifacts = await describeArtifacts(staged.folder, this.#digests);
    const loaders = media.signed ? [...media.signed.files, ...media.signed.network] : [];
    const boot = [...initramfs, ...new Set(loaders.flatMap(({ from }) => from ?? []))];
    const described = await describePackages(installed, { inputs, planned, artifacts, boot });
    for (const message of described.notes) progress({ stage: 'catalog', message });
    const evidence = { ...texts, ...described.evidence };
    const manifest = makeManifest(inputs, { artifacts, evidence, packages, planned, ...media });
    await this.#assertBudget(manifest, contents);
    signal.throwIfAborted();
    const finished = { manifest, inputs, stages: this.#watch.records, started: this.#started };
    const sealed = sealImage(finished, this.#signer);
    if (this.#signer) await publishKey(catalog, this.#signer);
    await staged.publish(manifest, { ...namedEvidence(evidence), ...sealed });
    progress({ stage: 'catalog', message: `image ${manifest.id}`, fraction: 1 });
    return openCatalog(catalog).read(manifest.id);
  }

  async #assertBudget(manifest: Manifest, contents: Contents): Promise<void> {
    const { budget, name } = this.#loaded.recipe;
    if (!budget) return;
    const sizes = artifactSizes(manifest);
    assertBudget(budget, sizes, contents, await readLastGood(this.#context.catalog, name));
  }

  #explain(stage: string, reason: string, reused: boolean): void {
    this.#watch.reuses(reused);
    if (this.#context.explainCache) this.#context.progress({ stage, message: `cache: ${reason}` });
  }
}

/** What an image is made of: as it is, and packed. */
interface Records {
  contents: Contents;
  texts: { contents: Buffer; modules: Buffer };
}
