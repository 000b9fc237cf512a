import { renderImageArguments, renderMemoryArgument } from '../contract/kernel-arguments.ts';
import { type Artifact, type ArtifactRole, architectureOf, type Manifest } from '../contract/manifest.ts';
import { RackhandError } from '../shared/errors.ts';
import { PLATFORMS } from './platform.ts';

/** Configurations of a folder that any TFTP and HTTP server boots machines from: pure, asserted literally in the tests. */

export interface PxeTree {
  manifest: Manifest;
  /** http://SERVER[:PORT][/PATH] at which machines find the folder, without a slash at its end. */
  address: string;
  /** Absolute path of the folder, for the configuration of dnsmasq. */
  folder: string;
  /** UEFI machines start shim and the distribution's GRUB instead of iPXE. */
  secureBoot: boolean;
}

/** Path in the folder and text. @throws RackhandError image-incomplete */
export function pxeTexts(tree: PxeTree): [path: string, text: string][] {
  const grub = grubConfig(tree);
  return [
    ['boot.ipxe', ipxeScript(tree)],
    // EL's signed GRUB looks beside itself, Debian's in a folder.
    ...(tree.secureBoot ? ([['grub.cfg', grub]] as const) : []),
    ...(tree.secureBoot ? ([['grub/grub.cfg', grub]] as const) : []),
    ['dnsmasq.conf', dnsmasqConfig(tree)],
  ].map(([path, text]) => [path!, text!]);
}

/** Where an artifact lies in the folder: as the service has it. @throws RackhandError image-incomplete */
export function pxePath({ manifest }: Pick<PxeTree, 'manifest'>, role: ArtifactRole): string {
  return `images/${manifest.id}/${artifact(manifest, role).file}`;
}

function artifact({ id, artifacts }: Manifest, role: ArtifactRole): Artifact {
  const found = artifacts.find((one) => one.role === role);
  if (found) return found;
  throw new RackhandError('image-incomplete', `image ${id} has no ${role}`, 'build the image again');
}

/** @param own arguments that the loader gives of the machine */
function commandLine(tree: PxeTree, own: readonly string[]): string {
  const { manifest, address } = tree;
  return [
    `root=live:${address}/${pxePath(tree, 'rootfs')}`,
    ...['ip=dhcp', 'rd.neednet=1', ...own],
    ...manifest.kernelArguments,
    renderMemoryArgument(manifest.ramRequired),
    ...renderImageArguments(artifact(manifest, 'rootfs')),
  ].join(' ');
}

function title({ manifest }: PxeTree): string {
  return `Rackhand ${manifest.recipe.name}, image ${manifest.id}`;
}

/** BOOTIF makes the initramfs use the interface that the firmware booted from. */
function ipxeScript(tree: PxeTree): string {
  const { address } = tree;
  return `#!ipxe
echo ${title(tree)}
imgfree
kernel ${address}/${pxePath(tree, 'kernel')} initrd=initramfs ${commandLine(tree, ['BOOTIF=01-${netX/mac:hexhyp}'])} || goto failed
initrd --name initramfs ${address}/${pxePath(tree, 'initramfs')} || goto failed
boot || goto failed
:failed
echo Kernel or initramfs could not be loaded from ${address}; restarting in 30 s
sleep 30
reboot
`;
}

/** Kernel and initramfs come from where GRUB itself came, the root by HTTP. */
function grubConfig(tree: PxeTree): string {
  return `set timeout=0
menuentry '${title(tree)}' {
  linux /${pxePath(tree, 'kernel')} ${commandLine(tree, [])}
  initrd /${pxePath(tree, 'initramfs')}
}
`;
}

/**
 * DHCP and TFTP by dnsmasq(8); what is of the site stands on its command line. Machines of another architecture than the
 * image's are given nothing to start. HTTP Boot wants option 60 back (UEFI 2.10 section 24.7.3).
 */
function dnsmasqConfig({ manifest, address, folder, secureBoot }: PxeTree): string {
  const { bios, network, signed } = PLATFORMS[architectureOf(manifest)];
  const uefi = secureBoot ? signed.shim : network.ipxe;
  const asks = [
    ...(bios ? ['bios,option:client-arch,0'] : []),
    ...network.pxe.map((number) => `uefi,option:client-arch,${number}`),
    ...network.http.map((number) => `http,option:client-arch,${number}`),
  ];
  return [
    `# dnsmasq --conf-file=${folder}/dnsmasq.conf --interface=NIC --dhcp-range=FIRST,LAST`,
    `# An HTTP server has to have this folder at ${address}`,
    'port=0',
    'enable-tftp',
    `tftp-root=${folder}`,
    ...asks.map((ask) => `dhcp-match=set:${ask}`),
    'dhcp-userclass=set:ipxe,iPXE',
    `dhcp-boot=tag:ipxe,${address}/boot.ipxe`,
    ...(bios ? ['dhcp-boot=tag:!ipxe,tag:bios,undionly.kpxe'] : []),
    `dhcp-boot=tag:!ipxe,tag:uefi,${uefi}`,
    `dhcp-boot=tag:!ipxe,tag:http,${address}/${uefi}`,
    'dhcp-option-force=tag:!ipxe,tag:http,60,HTTPClient',
    '',
  ].join('\n');
}
