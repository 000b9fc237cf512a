export type DomainType = 'kvm' | 'qemu';

/**
 * Where the probe's files are on the host: in folders whose SELinux labels are right. libvirt gives a guest's disk a
 * label of its own among its images only; what a guest prints is written by virtlogd, among libvirt's logs only.
 */
export const POOLS = {
  disk: { name: 'rackhand-probe', path: '/var/lib/libvirt/images/rackhand-probe' },
  serial: { name: 'rackhand-probe-log', path: '/var/log/libvirt/rackhand-probe' },
} as const;
/** Domains of the probe are called so, followed by the probe's id. */
export const DOMAIN_PREFIX = 'rackhand-probe-';

export interface Guest {
  domain: string;
  /** Volume names. */
  disk: string;
  serial: string;
}

/** Names of one probe's domain and volumes; `id` is lower-case hex. */
export function guestNames(id: string): Guest {
  return { domain: `${DOMAIN_PREFIX}${id}`, disk: `${id}-disk.img`, serial: `${id}-serial.log` };
}

/** True for a volume that some probe made, this one or an earlier one. */
export function isVolumeOfProbe(name: string): boolean {
  return /^[0-9a-z-]+-(disk\.img|serial\.log)$/.test(name);
}

/**
 * A transient domain that can do nothing but boot from its disk and write to its serial port: no network, no
 * display, no controller that it does not need.
 */
export function domainXml(guest: Guest, type: DomainType): string {
  const cpu = type === 'kvm' ? "\n  <cpu mode='host-passthrough'/>" : '';
  return `<domain type='${type}'>
  <name>${guest.domain}</name>
  <memory unit='MiB'>64</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
    <boot dev='hd'/>
  </os>
  <features><acpi/></features>${cpu}
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>destroy</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/>
      <source file='${POOLS.disk.path}/${guest.disk}'/>
      <target dev='vda' bus='virtio'/>
      <readonly/>
    </disk>
    <serial type='file'>
      <source path='${POOLS.serial.path}/${guest.serial}'/>
      <target port='0'/>
    </serial>
    <controller type='usb' model='none'/>
    <video><model type='none'/></video>
    <memballoon model='none'/>
  </devices>
</domain>
`;
}
