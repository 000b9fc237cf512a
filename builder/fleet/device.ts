/** PCI base and sub classes whose devices a hypervisor cannot do without (PCI Code and ID Assignment, chapter 1). */
const ESSENTIAL: Record<string, string> = {
  '01': 'storage',
  '02': 'network',
  '0C04': 'Fibre Channel',
  '0C06': 'InfiniBand',
};

/** For people: "PCI 8086:1521 (network)", "USB 0BDA:8153"; others as the kernel writes them. */
export function describeDevice(modalias: string): string {
  const pci = /^pci:v0000([0-9A-F]{4})d0000([0-9A-F]{4})/.exec(modalias);
  if (pci) {
    const kind = essentialClass(modalias);
    return `PCI ${pci[1]}:${pci[2]}${kind ? ` (${kind})` : ''}`;
  }
  const usb = /^usb:v([0-9A-F]{4})p([0-9A-F]{4})/.exec(modalias);
  if (usb) return `USB ${usb[1]}:${usb[2]}`;
  return modalias.length > 60 ? `${modalias.slice(0, 57)}…` : modalias;
}

/** What kind of device it is, when a host is useless without a driver for it. */
export function essentialClass(modalias: string): string | undefined {
  const [, base, sub] = /^pci:.*bc([0-9A-F]{2})sc([0-9A-F]{2})/.exec(modalias) ?? [];
  if (base === undefined || sub === undefined) return undefined;
  return ESSENTIAL[base] ?? ESSENTIAL[base + sub];
}
