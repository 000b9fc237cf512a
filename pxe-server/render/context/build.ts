import { RackhandError } from '../../../builder/shared/errors.ts';
import { InstallSettings } from '../../hosts/install/settings.ts';
import type { Release } from '../../kickstart/releases.ts';
import type { ReplicaImage } from '../../roles/messages.ts';
import { artifactUrl } from '../command-line.ts';
import { networkContext } from './network.ts';
import { KickstartContext } from './schema.ts';
import { ruleContext, storageContext } from './storage.ts';

/** What a kickstart is made from. */
export interface KickstartTold {
  host: {
    id: string;
    name: string;
    kernelArguments: readonly string[];
    install?: InstallSettings | undefined;
  };
  image: Pick<ReplicaImage, 'id' | 'artifacts' | 'kernelArguments'> & ReplicaImage;
  /** http://ADDRESS[:PORT] of the server, as the machine reaches it. */
  base: string;
  /** The configuration's. */
  sshKeys: readonly string[];
  release: Release;
  /** As an inventory says. */
  firmware?: 'bios' | 'uefi' | undefined;
  /** This service, where an installed host registers, and the token that it does so with. */
  self?: { url: string; ca: string; token: string } | undefined;
  callback?: KickstartContext['callback'] | undefined;
}

const NOTHING_SAID = InstallSettings.parse({});

/** Everything that templates may use for a host. Pure. @throws RackhandError image-incomplete | install-unfit */
export function buildContext(told: KickstartTold): KickstartContext {
  const { host, image, base, release } = told;
  const install = host.install ?? NOTHING_SAID;
  const { storage, source, wipe, firewall } = install;
  const consoles = install.consoles.map((console) => `console=${console}`);
  const context: KickstartContext = {
    release,
    host: { id: host.id, name: host.name },
    image: {
      id: image.id,
      rootfs: artifactUrl(base, image, 'rootfs'),
      sha256: image.artifacts.find((a) => a.role === 'rootfs')!.sha256,
    },
    sshKeys: [...new Set([...told.sshKeys, ...install.root.sshKeys])],
    rootPasswordHash: install.root.passwordHash ?? null,
    users: install.users.map(({ name, uid, groups, passwordHash, sshKeys }) => ({
      ...{ name, uid: uid ?? null, groups: groups.join(',') || null },
      ...{ passwordHash: passwordHash ?? null, sshKeys },
    })),
    kernelArguments: [...image.kernelArguments, ...host.kernelArguments, ...consoles].join(' '),
    server: base,
    storage: storage ? storageContext(storage, firmwareOf(told)) : null,
    network: networkContext(install.network, release),
    ...{ ntp: install.ntp, timezone: install.timezone, keyboard: install.keyboard },
    language: install.language.includes('.') ? install.language : `${install.language}.UTF-8`,
    proxy: install.proxy ?? null,
    selinux: install.selinux ?? null,
    firewall: firewall ?? null,
    source: source ?? null,
    packages: install.packages,
    manager: managerOf(install, told),
    scripts: scriptsOf(install),
    wipe: wipe
      ? {
          ...{ method: wipe.method, afterwards: wipe.afterwards },
          rules: wipe.disks === 'all' ? null : wipe.disks.map(ruleContext),
        }
      : null,
    callback: told.callback ?? null,
  };
  const parsed = KickstartContext.safeParse(context);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new RackhandError(
    'install-unfit',
    `host ${host.name}: ${issue!.path.join('.')} is not fit for a kickstart: ${issue!.message}`,
    'correct the host, its image or the configuration',
  );
}

function firmwareOf({ host, firmware }: KickstartTold): 'bios' | 'uefi' | undefined {
  const { storage } = host.install!;
  const known = storage!.firmware ?? firmware;
  if (storage!.raid && !known)
    throw new RackhandError(
      'install-unfit',
      `host ${host.name}: RAID needs to know what the firmware boots by`,
      'set install.storage.firmware to bios or uefi, or boot the host once for its inventory',
    );
  if (storage!.firmware && firmware && storage!.firmware !== firmware)
    throw new RackhandError(
      'install-unfit',
      `host ${host.name}: declared ${storage!.firmware}, but its inventory says ${firmware}`,
      'correct install.storage.firmware, or the setting of its firmware',
    );
  return known;
}

/** The token is for this service alone: another one would not know it. */
function managerOf({ manager }: InstallSettings, { self, host }: KickstartTold): KickstartContext['manager'] {
  if (manager === undefined) return null;
  if (manager !== 'self') return { ...manager, token: manager.ca === self?.ca ? self.token : null };
  if (self) return self;
  const what = `host ${host.name}: manager is self, and nobody said where that is`;
  throw new RackhandError('install-unfit', what, 'set install.manager to url and ca');
}

function scriptsOf({ scripts }: InstallSettings): KickstartContext['scripts'] {
  const of = (wanted: string) =>
    scripts
      .filter(({ when }) => when === wanted)
      .map(({ chroot, mustSucceed, text }) => ({ chroot, mustSucceed, text }));
  return { pre: of('pre'), preInstall: of('pre-install'), post: of('post') };
}
