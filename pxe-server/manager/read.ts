/** What virsh printed, as values. */

/** Domain types (`kvm`, `qemu`) that the host offers for x86_64 guests, from its capabilities XML. */
export function domainTypes(capabilities: string): string[] {
  const types = new Set<string>();
  for (const [, guest] of capabilities.matchAll(/<guest>([\s\S]*?)<\/guest>/g)) {
    const arch = /<arch name='x86_64'>([\s\S]*?)<\/arch>/.exec(guest!);
    for (const [, type] of (arch?.[1] ?? '').matchAll(/<domain type='([a-z]+)'/g)) types.add(type!);
  }
  return [...types];
}

/** `Key:  value` lines → a record. */
export function keyValues(text: string): Record<string, string> {
  const record: Record<string, string> = Object.create(null);
  for (const line of text.split('\n')) {
    const match = /^([^:]+):\s*(.*)$/.exec(line);
    if (match) record[match[1]!.trim()] = match[2]!.trim();
  }
  return record;
}

/** "2 CPUs EPYC, 2048 MiB" from `virsh nodeinfo`. */
export function nodeSummary(text: string): string {
  const node = keyValues(text);
  const kib = /^(\d+) KiB$/.exec(node['Memory size'] ?? '')?.[1];
  const memory = kib === undefined ? 'memory unknown' : `${Math.floor(Number(kib) / 1024)} MiB`;
  const cpus = [node['CPU(s)'] ?? '?', 'CPUs', node['CPU model']].filter(Boolean).join(' ');
  return `${cpus}, ${memory}`;
}

/** "libvirt 9.0.0, QEMU 7.2.22" from `virsh version --daemon`. */
export function versionSummary(text: string): string {
  const version = keyValues(text);
  const daemon = version['Running against daemon'] ?? '?';
  return `libvirt ${daemon}, ${version['Running hypervisor'] ?? 'hypervisor unknown'}`;
}

/** Names of volumes from `virsh --quiet vol-list`: a name and its path in each line. */
export function volumeNames(text: string): string[] {
  return text.split('\n').flatMap((line) => /^\s*(\S+)\s+\/\S/.exec(line)?.[1] ?? []);
}
