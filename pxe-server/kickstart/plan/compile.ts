import {
  INSTALL_PLAN_SCHEMA,
  type InstallPlan,
  InstallStep,
} from '../../../builder/contract/install-plan.ts';
import type { Inventory } from '../../../builder/contract/inventory.ts';
import type { Checked } from '../check.ts';
import { flag, text } from '../document/fields.ts';
import type { Document, Script } from '../document/shapes.ts';
import type { Finding } from '../findings.ts';
import type { CommandNode } from '../nodes.ts';
import { mebibytes, withoutAutomatic } from './automatic.ts';
import { refuseUncovered } from './coverage-refusals.ts';
import { allowedDisks, checkNames } from './disks.ts';
import { networkSteps } from './network.ts';
import { Refusals } from './refusal.ts';
import { type Laying, layStorage } from './storage.ts';
import { accessSteps, systemSteps, timeSteps } from './system.ts';
import { laySystems } from './systems.ts';

export type Compiled = { plan: InstallPlan } | { refused: Finding[] };

/**
 * A kickstart as the steps that install one machine. Every command becomes steps or is refused with its line; what
 * does not fit is refused with the arithmetic.
 */
export function compileKickstart({ kickstart, document, findings }: Checked, inventory: Inventory): Compiled {
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) return { refused: errors };
  const refusals = new Refusals();
  const commands = kickstart.nodes.filter(
    (node): node is CommandNode => node.is === 'command' && node.status !== 'ignored',
  );
  refuseUncovered(kickstart.nodes, refusals);
  checkNames(document, inventory.disks, refusals);
  const allowed = allowedDisks(document, inventory.disks);
  const laying: Laying = {
    storage: withoutAutomatic(document.storage, inventory, mebibytes(allowed)),
    ...{ inventory, allowed, refusals, steps: [], members: new Map(), systems: [] },
  };
  layStorage(laying);
  laySystems(laying);
  const steps: InstallStep[] = [
    ...scriptSteps(document, 'onerror'),
    ...scriptSteps(document, 'pre'),
    ...laying.steps,
    ...scriptSteps(document, 'pre-install'),
    ...imageSteps(document, refusals),
    ...systemSteps(document),
    ...timeSteps(document, commands),
    ...networkSteps(document, inventory, refusals),
    ...accessSteps(document, commands, refusals),
    ...loaderSteps(document, laying),
    ...scriptSteps(document, 'post'),
    endStep(document),
  ];
  refuseMisfits(steps, kickstart.nodes[0]?.line.file ?? '-', refusals);
  if (refusals.findings.length > 0) return { refused: refusals.findings };
  const touched = new Set(steps.flatMap((step) => (step.do === 'label-disk' ? [step.disk] : [])));
  const disks = inventory.disks
    .filter(({ name }) => touched.has(name))
    .map(({ name, size, serial, model }) => ({ name, size, serial, model }));
  return { plan: { schema: INSTALL_PLAN_SCHEMA, disks, steps } };
}

/** Whatever the language lets pass, a step that its schema does not know reaches no machine. */
function refuseMisfits(steps: readonly InstallStep[], file: string, refusals: Refusals): void {
  for (const step of steps) {
    const { error } = InstallStep.safeParse(step);
    if (!error) continue;
    const field = error.issues[0]?.path.join('.') ?? '';
    refusals.findings.push({
      ...{ code: 'not-compiled', severity: 'error', layer: 'meaning' },
      message: `${step.do} cannot have this ${field}`,
      mend: 'write it plainly: whole paths, no empty names',
      place: { file, line: step.line, column: 1, end: 1 },
    });
  }
}

function scriptSteps({ scripts }: Document, when: Script['when'] & InstallStepWhen): InstallStep[] {
  return scripts
    .filter((script) => script.when === when)
    .map(({ node, interpreter, chroot, stopsOnError, log, text }) => ({
      ...{ do: 'script' as const, line: node.line.number, when, interpreter, chroot, stopsOnError, text },
      ...(log === undefined ? {} : { log }),
    }));
}

type InstallStepWhen = (InstallStep & { do: 'script' })['when'];

function imageSteps({ sources, last }: Document, refusals: Refusals): InstallStep[] {
  const [source] = sources;
  const node = source?.node ?? [...last.values()][0];
  // Another source is refused for what it is.
  if (!node || (source && source.kind !== 'liveimg')) return [];
  const refuse = (message: string, mend: string, field: string) => {
    refusals.add(node, { code: 'not-compiled', message, mend, ...(source ? { field } : {}) });
    return [];
  };
  const url = source ? text(source.node.values, 'url') : undefined;
  const sha256 = text(node.values, 'checksum')?.toLowerCase();
  const mend = 'use liveimg --url=… --checksum=SHA256';
  if (url === undefined) return refuse('a plan writes an image, and there is none', mend, 'url');
  if (!/^https?:/.test(url)) return refuse('a plan fetches its image by HTTP', 'begin with http://', 'url');
  if (sha256 === undefined) return refuse('the image has no checksum', mend, 'url');
  const proxy = text(node.values, 'proxy');
  return [{ do: 'image', line: node.line.number, url, sha256, ...(proxy === undefined ? {} : { proxy }) }];
}

function loaderSteps(
  { bootloader, last }: Document,
  { inventory, steps, refusals, systems }: Laying,
): InstallStep[] {
  if (bootloader?.disabled) return [];
  const { firmware } = inventory;
  const type = firmware === 'uefi' ? 'efi' : 'bios-boot';
  const parts = steps.flatMap((step) => (step.do === 'partition' ? [step] : []));
  const node = bootloader?.node ?? systems[0]?.system.node ?? [...last.values()][0];
  if (!node) return [];
  if (bootloader && !['mbr', 'boot'].includes(bootloader.location))
    refusals.add(node, {
      code: 'not-compiled',
      message: 'a plan installs the image’s own GRUB where the firmware looks for it',
      ...{ mend: 'leave it away', field: 'location' },
    });
  const drive = bootloader?.drive?.replace(/^\/dev\//, '');
  const loader = parts.find((part) => part.type === type && (drive === undefined || part.disk === drive));
  if (loader)
    return [
      {
        ...{
          do: 'boot-loader',
          line: node.line.number,
          firmware,
          disk: loader.disk,
          arguments: bootloader?.append ?? '',
        },
        ...(bootloader?.timeout === undefined ? {} : { timeout: bootloader.timeout }),
      },
    ];
  // With storage refused there are no partitions to look at.
  if (refusals.findings.length === 0) {
    const message =
      firmware === 'uefi'
        ? 'UEFI boots from /boot/efi, and there is none'
        : 'BIOS boots GPT disks from a biosboot partition, and there is none';
    refusals.add(node, { code: 'boot-unreadable', message, mend: 'add reqpart' });
  }
  return [];
}

function endStep({ last }: Document): InstallStep {
  const node = ['reboot', 'poweroff', 'shutdown', 'halt']
    .flatMap((name) => last.get(name) ?? [])
    .sort((a, b) => a.line.number - b.line.number)
    .at(-1);
  const how =
    node?.name === 'reboot' ? 'reboot' : node === undefined || node.name === 'halt' ? 'halt' : 'poweroff';
  const values = node?.values ?? {};
  return {
    do: 'end',
    line: node?.line.number ?? 0,
    how,
    eject: flag(values, 'eject'),
    kexec: flag(values, 'kexec'),
  };
}
