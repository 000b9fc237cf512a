import type { z } from 'zod';
import type { HostRow, HostView, Pairing } from '../api/schemas.ts';
import type { Event } from '../events/journal.ts';
import { plainText } from '../events/plain-text.ts';
import type { PlanView } from '../kickstart/plan/view.ts';
import { releaseTitle } from '../kickstart/releases.ts';
import { plainLines } from './plain-lines.ts';

/** Texts for people at a terminal; what came from the network is made plain again, whoever serves the API. */

export function hostTable(hosts: readonly HostRow[]): string {
  if (hosts.length === 0) return 'no hosts: declare them with rackhand hosts add, or boot a machine\n';
  const head = ['HOST', 'STATE', 'ARMED', 'RACK', 'MAC', 'ADDRESS', 'WHY'];
  const rows = hosts.map((host) => [
    host.name,
    host.state,
    host.arm,
    place(host),
    host.macs.length > 1 ? `${host.macs[0]} +${host.macs.length - 1}` : (host.macs[0] ?? ''),
    host.managementAddress ?? '',
    host.reason,
  ]);
  return columns([head, ...rows]);
}

/** A host, the machine it was found to be, and its events. */
export function hostStory(host: z.infer<typeof HostView>, events: readonly Event[]): string {
  const told = [
    `${host.name}: ${host.state} since ${time(host.stateSince)}: ${plainText(host.reason)}\n`,
    facts([
      ['approved', host.approved ? 'yes' : `no: rackhand hosts approve ${host.name}`],
      ['armed', host.arm],
      ['image', host.image ?? 'the default'],
      ['kickstart', host.kickstart],
      ['installer', host.installer],
      ['Secure Boot', host.secureBoot === undefined ? undefined : host.secureBoot ? 'yes' : 'no'],
      ['rack', place(host)],
      ['MAC', host.macs.join(' ')],
      ['serial', host.serial],
      ['UUID', host.uuid],
      ['reserved address', host.address],
      ['reserved IPv6 address', host.address6],
      ['kernel arguments', host.kernelArguments.join(' ')],
      ['managed at', host.managementAddress],
      ['last seen', host.lastSeen && time(host.lastSeen)],
      ['certificate until', host.certificateNotAfter && time(host.certificateNotAfter)],
      ['id', host.id],
    ]),
  ];
  if (host.inventory) told.push('\nmachine\n', machine(host.inventory));
  const rows = events.map((e) => [time(e.time), e.severity, e.kind, e.message]);
  told.push(`\nevents (${events.length === 0 ? 'none' : 'the newest last'})\n`, indent(columns(rows)));
  return told.join('');
}

/** Disks before and after and the steps, or each line that is refused. */
export function planStory({ host, kickstart, release, plan, refused, picture }: PlanView): string {
  const head = `${host}: ${kickstart} for ${releaseTitle(release)}`;
  if (plan) return `${head}\n\n${plainLines(picture)}`;
  return `${head}: refused\n${refused.map(({ told }) => plainLines(told)).join('')}`;
}

/** One line after something was done to a host. */
export function hostLine(host: z.infer<typeof HostView>): string {
  const waits = host.approved ? '' : ', not approved';
  return `${host.name}: ${host.state}${waits}, armed: ${host.arm}\n`;
}

/** The same after a declaration, with what it lacks. */
export function declaredLine(host: z.infer<typeof HostView>): string {
  if (host.macs.length > 0 || host.serial !== undefined || host.uuid !== undefined) return hostLine(host);
  const how = `rackhand hosts set ${host.name} --mac ADDRESS (or --serial, --uuid), or hosts medium, or hosts pair`;
  return `${hostLine(host)}  no machine is it yet: ${how}\n`;
}

export function pairingText(pairing: z.infer<typeof Pairing>): string {
  const [first, rest] = [pairing.caFingerprint.slice(0, 32), pairing.caFingerprint.slice(32)];
  const fours = (digits: string) => digits.replace(/(.{4})(?=.)/g, '$1 ');
  return [
    "Type this at the machine's console:\n",
    facts([
      ['server address', pairing.servers.join('  or  ')],
      ['CA fingerprint', fours(first)],
      ['  (the rest)', fours(rest)],
      ['pairing code', fours(pairing.code)],
    ]),
    `The code is good until ${time(pairing.expiresAt)}, for one machine; the first 32 digits are enough.\n`,
  ].join('');
}

function machine(inventory: NonNullable<z.infer<typeof HostView>['inventory']>): string {
  const { cpu, disks, nics } = inventory;
  const model = [inventory.vendor, inventory.product].filter(Boolean).join(' ');
  const firmware = inventory.firmware === 'uefi' ? 'UEFI' : 'BIOS';
  return [
    facts([
      ['model', model],
      ['serial', inventory.serial],
      ['UUID', inventory.uuid],
      ['firmware', inventory.secureBoot ? `${firmware}, Secure Boot` : firmware],
      ['processors', `${cpu.count} × ${cpu.model || 'unknown'}`],
      ['KVM', inventory.kvm ? 'yes' : 'no'],
      ['memory', `${(inventory.memory / 1024).toFixed(1)} GiB`],
      ['addresses', inventory.addresses.join(' ')],
      ['kernel', inventory.kernel],
      ['image', inventory.image],
    ]),
    '  interfaces\n',
    indent(indent(columns(nics.map((n) => [n.name, n.mac, n.driver, n.pci, n.link ? 'link' : 'no link'])))),
    '  disks\n',
    indent(
      indent(
        columns(
          disks.map((d) => [
            ...[d.name, size(d.size), d.rotational ? 'disk' : 'flash', d.transport, d.model, d.serial],
            ...[d.wwn, d.path],
          ]),
        ),
      ),
    ),
  ].join('');
}

function place(host: { rack?: string | undefined; unit?: number | undefined }): string {
  return [host.rack, host.unit === undefined ? undefined : `U${host.unit}`].filter(Boolean).join(' ');
}

/** Decimal, as disks are sold. */
function size(bytes: number): string {
  return bytes >= 1e12 ? `${(bytes / 1e12).toFixed(1)} TB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** "2026-01-01 00:00:00Z" of an ISO time. */
export function time(iso: string): string {
  return `${iso.slice(0, 19).replace('T', ' ')}Z`;
}

/** Lines of label and value; those without a value are left out. */
function facts(rows: readonly (readonly [label: string, value: string | null | undefined])[]): string {
  return indent(columns(rows.flatMap(([label, value]) => (value ? [[label, value]] : []))));
}

export function columns(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(plainText));
  const widths = cells.reduce<number[]>(
    (widest, row) => row.map((cell, i) => Math.max(widest[i] ?? 0, cell.length)),
    [],
  );
  const line = (row: string[]) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd();
  return cells.map((row) => `${line(row)}\n`).join('');
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
