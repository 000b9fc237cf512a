import { chmod } from 'node:fs/promises';
import type { Recipe } from '../recipe/schema.ts';
import { RackhandError } from '../shared/errors.ts';
import {
  changeInside,
  emptyInside,
  listInside,
  makeInside,
  readInside,
  removeInside,
  resolveInside,
  writeInside,
} from '../shared/inside.ts';
import { run } from '../shared/process/run.ts';
import { rootSandbox } from '../shared/process/sandbox.ts';
import { lockRoot } from './access.ts';
import { configuredFiles } from './files.ts';
import { libvirtSettings, libvirtTls } from './libvirt.ts';
import { layOverlay, type Overlay } from './overlay.ts';
import { setPolicyMode } from './policy.ts';
import { settleSsh } from './ssh.ts';
import { CHRONY_PATHS, chronySettings } from './time.ts';
import { unitPlan } from './units.ts';

export interface ConfigureOptions {
  root: string;
  recipe: Recipe;
  overlay: Overlay;
  buildKey: string;
  /** Empty folder outside of the root. */
  scratch: string;
  signal?: AbortSignal | undefined;
  say: (message: string) => void;
}

/** Makes a root a hypervisor: files, overlay, accounts, libvirt, units. Writes nothing outside of the root. */
export async function configureRoot(options: ConfigureOptions): Promise<void> {
  const { root, recipe, overlay } = options;
  await checkHypervisor(root, recipe);
  await writeConfigured(root, recipe, options.buildKey);
  await layOverlay(overlay, root);
  await settleAccounts(root, recipe);
  await settleSsh(options);
  await settleLibvirt(root, recipe);
  await settleTime(root, recipe);
  await settleTuning(root);
  await removeLeftovers(root);
  await setUnits(options);
  await setPolicyMode(root, recipe);
  if (!(await exists(root, 'usr/sbin/nft'))) {
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
    if (await exists(root, path)) continue;
    throw new RackhandError(
      'root-incomplete',
      `the root has no /${path}, needed for ${why}`,
      "add the package that holds it to the recipe's packages",
    );
  }
}

async function writeConfigured(root: string, recipe: Recipe, buildKey: string): Promise<void> {
  for (const { path, text, mode } of configuredFiles(recipe, buildKey))
    await writeInside(root, path, text, mode);
}

async function settleAccounts(root: string, { sshKeys }: Recipe): Promise<void> {
  if (sshKeys.length > 0) await makePrivate(root, 'root/.ssh');
  const none = 'root:!*::0:99999:7:::\n';
  await changeInside(root, 'etc/shadow', 0o000, (text) => lockRoot(text || none, sshKeys));
}

async function settleLibvirt(root: string, recipe: Recipe): Promise<void> {
  for (const { path, lines } of libvirtSettings(recipe))
    await changeInside(root, path, 0o644, (text) => `${text}\n${lines.join('\n')}\n`);
  await layFilters(root);
  await removeInside(root, 'etc/libvirt/qemu/networks/autostart');
  await makeInside(root, 'etc/pki/CA');
  await makePrivate(root, 'etc/pki/libvirt/private');
}

async function settleTime(root: string, { ntp }: Recipe): Promise<void> {
  for (const path of CHRONY_PATHS) {
    if (!(await exists(root, path))) continue;
    await changeInside(root, path, 0o644, (theirs) => `${chronySettings(ntp, theirs).join('\n')}\n`);
    return;
  }
}

/** tuned's profile for hosts; without tuned the same values come by sysctl.d. */
async function settleTuning(root: string): Promise<void> {
  const profiles = ['usr/lib/tuned', 'usr/lib/tuned/profiles'].map((folder) => `${folder}/virtual-host`);
  if ((await filter(profiles, (path) => exists(root, path))).length === 0) return;
  await writeInside(root, 'etc/tuned/active_profile', 'virtual-host\n', 0o644);
  await writeInside(root, 'etc/tuned/profile_mode', 'manual\n', 0o644);
}

/** libvirt's own network filters, where the daemon reads them: packages may leave that to a scriptlet. */
async function layFilters(root: string): Promise<void> {
  const [from, to] = ['usr/share/libvirt/nwfilter', 'etc/libvirt/nwfilter'];
  const names = await listInside(root, from);
  if (names.length > 0) await makeInside(root, to, 0o700);
  for (const name of await filter(names, async (name) => !(await exists(root, `${to}/${name}`)))) {
    const text = await readInside(root, `${from}/${name}`);
    if (text !== undefined) await writeInside(root, `${to}/${name}`, text, 0o644);
  }
}

/** What is of one machine or of the build, and must not be shared by all hosts. */
async function removeLeftovers(root: string): Promise<void> {
  const keys = (await listInside(root, 'etc/ssh')).filter((name) => name.startsWith('ssh_host_'));
  // dnf's, of paths and times of the build: two builds of the same packages have not the same.
  const history = (await listInside(root, 'var/lib/dnf')).filter((name) => name.startsWith('history.sqlite'));
  for (const path of [
    ...keys.map((name) => `etc/ssh/${name}`),
    ...history.map((name) => `var/lib/dnf/${name}`),
    'var/lib/systemd/random-seed',
    'var/lib/dbus/machine-id',
    'etc/resolv.conf',
    'etc/.pwd.lock',
    // rackhand-identity makes these of the machine's own number.
    'etc/iscsi/initiatorname.iscsi',
    'etc/nvme/hostnqn',
    'etc/nvme/hostid',
  ]) {
    await removeInside(root, path);
  }
  for (const path of ['tmp', 'var/tmp', 'run', 'var/log/dnf', 'var/cache/dnf']) await emptyInside(root, path);
}

async function makePrivate(root: string, path: string): Promise<void> {
  await chmod(await makeInside(root, path), 0o700);
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
    if (await exists(root, `${folder}/${file}`)) return true;
  }
  return false;
}

async function filter<T>(items: readonly T[], test: (item: T) => Promise<boolean>): Promise<T[]> {
  const kept: T[] = [];
  for (const item of items) if (await test(item)) kept.push(item);
  return kept;
}

async function exists(root: string, path: string): Promise<boolean> {
  return (await resolveInside(root, path)) !== undefined;
}
