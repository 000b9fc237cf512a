import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NO_TOKENS } from '../../../pxe-server/boot/kickstarts.ts';
import { hostPlan } from '../../../pxe-server/boot/plans.ts';
import { InstallSettings, type InstallSettingsInput } from '../../../pxe-server/hosts/install/settings.ts';
import { checkKickstart } from '../../../pxe-server/kickstart/check.ts';
import { explainDocument, explanationText } from '../../../pxe-server/kickstart/explain/explain.ts';
import { hasErrors } from '../../../pxe-server/kickstart/findings.ts';
import { migrateKickstart } from '../../../pxe-server/kickstart/migrate/migrate.ts';
import { COMMANDS, SECTIONS } from '../../../pxe-server/kickstart/plan/coverage.ts';
import { KICKSTART_SHAPE, renderHere, renderKickstart } from '../../../pxe-server/render/kickstart.ts';
import { storageLinesOn } from '../../../pxe-server/render/storage-lines.ts';
import { Templates } from '../../../pxe-server/render/template.ts';
import { host, image, installer, replica } from '../replica-fixture.ts';
import { inventoryWith } from './inventory.ts';

const REACHED = { base: 'http://192.0.2.1:8000', agents: 'https://192.0.2.1:8443' };
const CA = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const KEY = `ssh-ed25519 ${'A'.repeat(43)} admin@example.com`;
const GIB = 2 ** 30;

/** The host of all examples: it boots from two mirrored disks, and has a large one that is left alone. */
const SAID: InstallSettingsInput = {
  storage: { disks: [{ role: 'system', count: 2, transport: 'sata', maxGiB: 500 }], raid: 'raid1' },
  network: [
    { type: 'bond', name: 'bond0', ports: ['eno1', 'eno2'], mode: '802.3ad', ipv4: 'none', ipv6: 'none' },
    {
      type: 'vlan',
      over: 'bond0',
      id: 20,
      ipv4: { address: '192.0.2.21/24', gateway: '192.0.2.254' },
      ipv6: 'none',
    },
  ],
  ...{ ntp: ['ntp.example.com'], timezone: 'Europe/Prague', consoles: ['ttyS0,115200'] },
  source: {
    url: 'http://mirror.example.com/el9/BaseOS/x86_64/os/',
    repositories: [{ name: 'AppStream', url: 'http://mirror.example.com/el9/AppStream/x86_64/os/' }],
  },
  wipe: { disks: [{ role: 'old', serial: 'S1*' }], method: 'discard' },
};
const disk = (name: string, gib: number, transport: string, n: number) => ({
  ...{ name, size: gib * GIB, serial: `S${n}`, model: `DISK ${gib}G`, rotational: false, transport },
  ...{ wwn: `0x5000c500a1b2c3d${n}`, path: '' },
});
export const MACHINE = inventoryWith({
  disks: [disk('sda', 240, 'sata', 1), disk('sdb', 240, 'sata', 2), disk('sdc', 3840, 'sas', 3)],
});
const DISKS = new Map([['system', ['sda', 'sdb']]]);

const FAMILIES: [name: string, about: string][] = [
  ['install', 'Writes the image and nothing else.'],
  [
    'kvm',
    'Installs a plain host with KVM from packages. Only the distribution’s installer can do that: no plan.',
  ],
  ['discovery', 'Reports what the machine is made of, and installs nothing: no plan.'],
  ['rescue', 'Starts a shell of the installer, with the disks to be read: no plan.'],
  ['wipe', 'Empties disks, and installs nothing: no plan.'],
];

/** docs/kickstart-examples.md. */
export async function examplesText(texts: ReadonlyMap<string, string>): Promise<string> {
  const templates = new Templates(new Map(texts), KICKSTART_SHAPE);
  const parts: string[] = [];
  for (const [name, about] of FAMILIES) parts.push(await familyText(templates, name, about));
  return [HEAD, ...parts, migrationText(), coverageText()].join('\n');
}

const HEAD = `# Kickstarts in full

One kickstart of each shipped template for one host, what it would do, and the plan for its machine; then a migration. A test
makes this page and compares it (\`test/pxe-server/kickstart/examples.test.ts\`); \`RACKHAND_GOLDEN=write\` makes it anew.
How to read it is in [kickstart.md](kickstart.md).

The host has two disks of 240 GiB on SATA, which are mirrored, and one of 3840 GiB on SAS, which its rules leave alone; a bond
of two ports with a VLAN on it.
`;

async function familyText(templates: Templates, name: string, about: string): Promise<string> {
  const install = InstallSettings.parse(SAID);
  const hardware = { firmware: MACHINE.firmware, disks: MACHINE.disks };
  const one = host({ id: 'h1', name: 'node21', kickstart: name, install, hardware });
  const known = replica({ hosts: [one], images: [image()], installers: [installer({ release: 'el9' })] });
  const render = renderHere(templates);
  const told = {
    host: one,
    image: image(),
    base: REACHED.base,
    sshKeys: [KEY],
    release: 'el9' as const,
    firmware: MACHINE.firmware,
    self: { url: REACHED.agents, ca: known.caFingerprint, token: NO_TOKENS.register },
    callback: { url: `${REACHED.agents}/agent/v1/install`, token: NO_TOKENS.report, ca: CA },
  };
  const text = await renderKickstart(render, `${name}.ks.njk`, told);
  const { document } = checkKickstart(text, { release: 'el9', include: storageLinesOn(text, DISKS) });
  const sources = { replica: () => known, templates, render, sshKeys: [KEY], serviceCa: CA };
  const view = await hostPlan(sources, { hostId: 'h1', inventory: MACHINE }, REACHED);
  return [
    `## ${name}\n\n${about}\n\n### Its kickstart\n`,
    fenced(text),
    '### What it would do\n',
    fenced(explanationText(explainDocument(document))),
    '### Its plan\n',
    fenced(view.plan ? view.picture : view.refused.map(({ told: line }) => line).join('')),
  ].join('\n');
}

function migrationText(): string {
  const before = readFileSync(join(import.meta.dirname, 'fixtures/site-el8.ks'), 'utf8');
  const { from, to, text, notes, result } = migrateKickstart(before, 'el10');
  const told = notes.map(({ what, line, message }) => `line ${line}: ${what}: ${message}\n`).join('');
  const left = result.findings.map(
    ({ place, severity, message }) => `line ${place.line}: ${severity}: ${message}\n`,
  );
  const verdict = hasErrors(result.findings, 'language') ? 'does not take it yet' : 'takes it';
  return [
    `## A migration from ${from.toUpperCase()} to ${to.toUpperCase()}\n\n### Before\n`,
    fenced(before),
    '### After\n',
    fenced(text),
    '### What was changed, and what a person decides\n',
    fenced(told),
    `The parser of EL10 ${verdict}. It says of the text after:\n`,
    fenced(left.join('') || 'nothing\n'),
  ].join('\n');
}

function coverageText(): string {
  const rows = [...Object.entries(COMMANDS), ...Object.entries(SECTIONS)].map(([name, coverage]) => {
    if (coverage.is !== 'compiled') return [name, coverage.is, coverage.why];
    const inert = Object.entries(coverage.inert ?? {}).map(
      ([field, why]) => `${field} changes nothing: ${why}`,
    );
    return [name, 'steps', inert.join('; ')];
  });
  const groups = (['steps', 'inert', 'refused'] as const).map((is) => {
    const own = rows.filter((row) => row[1] === is).sort((a, b) => (a[0]! < b[0]! ? -1 : 1));
    const lines = own.map(([name, , why]) => `${name!.padEnd(16)} ${why}`.trimEnd());
    return `${TITLES[is]}:\n\n${fenced(lines.join('\n'))}`;
  });
  return ['## What a plan makes of each command\n', ...groups].join('\n');
}

const TITLES = {
  steps: 'These become steps; an option for which there is none is refused',
  inert: 'These change nothing on the machine',
  refused: 'These are refused',
};

function fenced(text: string): string {
  return `\`\`\`text\n${text.replace(/\n*$/, '\n')}\`\`\`\n`;
}
