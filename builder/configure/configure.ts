import {
  access,
  appendFile,
  chmod,
  copyFile,
  mkdir,
  readdir,
  readFile,
  rm,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Recipe } from '../recipe/schema.ts';
import { RackhandError } from '../shared/errors.ts';
import { run } from '../shared/process/run.ts';
import { rootSandbox } from '../shared/process/sandbox.ts';
import { lockRoot } from './access.ts';
import { configuredFiles } from './files.ts';
import { libvirtSettings, libvirtTls } from './libvirt.ts';
import { layOverlay, type Overlay } from './overlay.ts';
import { setPolicyMode } from './policy.ts';
import { CHRONY_PATHS, chronySettings } from './time.ts';
import { unitPlan } from './units.ts';

export interface ConfigureOptions {
  root: string;
  recipe: Recipe;
  overlay: Overlay;
  buildKey: string;
  signal?: AbortSignal | undefined;
  say: (message: string) => void;
}

/** Makes a root a hypervisor: files, overlay, accounts, libvirt, units. */
export async function configureRoot(options: ConfigureOptions): Promise<void> {
  const { root, recipe, overlay } = options;
  await checkHypervisor(root, recipe);
  await writeConfigured(root, recipe, options.buildKey);
  await layOverlay(overlay, root);
  await settleAccounts(root, recipe);
  await settleLibvirt(root, recipe);
  await settleTime(root, recipe);
  await settleTuning(root);
  await removeLeftovers(root);
  await setUnits(options);
  await setPolicyMode(root, recipe);
  if (!(await exists(join(root, 'usr/sbin/nft')))) {
    options.say('no nft in the root: the image has no host firewall');
  }
}

async function checkHypervisor(root: string, recipe: Recipe): Promise<void> {
  const { socket } = libvirtTls(recipe.libvirt);
  for (const [path, why] of [
    [`usr/lib/systemd/system/${socket}`, `libvirt's TLS server (libvirt: ${recipe.libvirt})`],
    ['usr/sbin/NetworkManager', 'network configuration'],
    ['usr/sbin/sshd', 'remote administration'],
    ['usr/bin/curl', 'the agent'],
    ['usr/bin/jq', 'the agent'],
  ] as const) {
    if (await exists(join(root, path))) continue;
    throw new RackhandError(
      'root-incomplete',
      `the root has no /${path}, needed for ${why}`,
      "add the package that holds it to the recipe's packages",
    );
  }
}

async function writeConfigured(root: string, recipe: Recipe, buildKey: string): Promise<void> {
  for (const file of configuredFiles(recipe, buildKey)) {
    const path = join(root, file.path);
    await mkdir(dirname(path), { recursive: true });
    await rm(path, { force: true });
    await writeFile(path, file.text);
    await chmod(path, file.mode);
  }
}

async function settleAccounts(root: string, { sshKeys }: Recipe): Promise<void> {
  if (sshKeys.length > 0) await chmod(join(root, 'root/.ssh'), 0o700);
  const shadow = join(root, 'etc/shadow');
  if (await exists(shadow)) {
    const text = await readFile(shadow, 'utf8');
    await writeFile(shadow, lockRoot(text, sshKeys)); // keeps the file's mode
  } else {
    await writeFile(shadow, 'root:!*::0:99999:7:::\n', { mode: 0o000 });
  }
}

async function settleLibvirt(root: string, recipe: Recipe): Promise<void> {
  for (const { path, lines } of libvirtSettings(recipe)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await appendFile(join(root, path), `\n${lines.join('\n')}\n`);
  }
  await layFilters(root);
  await rm(join(root, 'etc/libvirt/qemu/networks/autostart'), { recursive: true, force: true });
  for (const path of ['etc/pki/libvirt/private', 'etc/pki/CA'])
    await mkdir(join(root, path), { recursive: true });
  await chmod(join(root, 'etc/pki/libvirt/private'), 0o700);
}

async function settleTime(root: string, { ntp }: Recipe): Promise<void> {
  for (const path of CHRONY_PATHS) {
    const file = join(root, path);
    if (!(await exists(file))) continue;
    const distribution = await readFile(file, 'utf8');
    await writeFile(file, `${chronySettings(ntp, distribution).join('\n')}\n`);
    return;
  }
}

/** tuned's profile for hosts; without tuned the same values come by sysctl.d. */
async function settleTuning(root: string): Promise<void> {
  const profiles = ['usr/lib/tuned', 'usr/lib/tuned/profiles'].map((folder) =>
    join(root, folder, 'virtual-host'),
  );
  if ((await filter(profiles, exists)).length === 0) return;
  await mkdir(join(root, 'etc/tuned'), { recursive: true });
  await writeFile(join(root, 'etc/tuned/active_profile'), 'virtual-host\n');
  await writeFile(join(root, 'etc/tuned/profile_mode'), 'manual\n');
}

/** libvirt's own network filters, where the daemon reads them: packages may leave that to a scriptlet. */
async function layFilters(root: string): Promise<void> {
  const from = join(root, 'usr/share/libvirt/nwfilter');
  const to = join(root, 'etc/libvirt/nwfilter');
  const names = await readdir(from).catch((): string[] => []);
  if (names.length > 0) await mkdir(to, { recursive: true, mode: 0o700 });
  for (const name of names) {
    if (!(await exists(join(to, name)))) await copyFile(join(from, name), join(to, name));
  }
}

/** What is of one machine or of the build, and must not be shared by all hosts. */
async function removeLeftovers(root: string): Promise<void> {
  const ssh = await readdir(join(root, 'etc/ssh')).catch(() => []);
  for (const name of ssh.filter((name) => name.startsWith('ssh_host_')))
    await unlink(join(root, 'etc/ssh', name));
  for (const path of [
    'var/lib/systemd/random-seed',
    'var/lib/dbus/machine-id',
    'etc/resolv.conf',
    'etc/.pwd.lock',
    // rackhand-identity makes these of the machine's own number.
    'etc/iscsi/initiatorname.iscsi',
    'etc/nvme/hostnqn',
    'etc/nvme/hostid',
  ]) {
    await rm(join(root, path), { force: true });
  }
  for (const path of ['tmp', 'var/tmp', 'run', 'var/log/dnf', 'var/cache/dnf']) {
    await emptyFolder(join(root, path));
  }
}

async function emptyFolder(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    await rm(join(folder, name), { recursive: true, force: true });
  }
}

async function setUnits({ root, recipe, overlay, signal }: ConfigureOptions): Promise<void> {
  const plan = unitPlan(recipe, overlay.units);
  const systemctl = async (verb: string, units: string[]) => {
    if (units.length === 0) return;
    await run(rootSandbox(['systemctl', verb, ...units], { root }), { ...(signal ? { signal } : {}) });
  };
  const missing = await filter(plan.enable, async (unit) => !(await hasUnit(root, unit)));
  if (missing.length > 0) {
    throw new RackhandError(
      'unit-missing',
      `the root has no unit ${missing.join(', ')}`,
      "add the package that holds it, or correct 'services' of the recipe",
    );
  }
  await systemctl('disable', await filter(plan.disableIfPresent, (unit) => hasUnit(root, unit)));
  await systemctl('enable', [
    ...plan.enable,
    ...(await filter(plan.enableIfPresent, (unit) => hasUnit(root, unit))),
  ]);
  await systemctl('mask', plan.mask);
  await systemctl('set-default', ['multi-user.target']);
}

async function hasUnit(root: string, unit: string): Promise<boolean> {
  const file = unit.replace(/@.*\./, '@.');
  for (const folder of ['usr/lib/systemd/system', 'etc/systemd/system']) {
    if (await exists(join(root, folder, file))) return true;
  }
  return false;
}

async function filter<T>(items: readonly T[], test: (item: T) => Promise<boolean>): Promise<T[]> {
  const kept: T[] = [];
  for (const item of items) if (await test(item)) kept.push(item);
  return kept;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
