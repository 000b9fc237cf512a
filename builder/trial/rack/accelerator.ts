import { constants, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isPresent } from '../../shared/present.ts';
import { run } from '../../shared/process/run.ts';
import { findQemu } from './firmware.ts';
import type { Accelerator } from './qemu-arguments.ts';

const LIMIT_MS = 20_000;

/**
 * KVM where a real kernel gets through its start with it and sees virtualisation itself, else emulation: on
 * some hosts /dev/kvm is there and a guest hangs, or has no nesting for the guests that the manager starts.
 * @param kernel a bzImage; without an initramfs it ends in a panic, which is the proof wanted
 */
export async function chooseAccelerator(kernel: string): Promise<Accelerator> {
  const open = await isPresent('/dev/kvm', constants.R_OK | constants.W_OK);
  return open && (await kernelStarts(kernel)) ? 'kvm' : 'tcg';
}

async function kernelStarts(kernel: string): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'rackhand-kvm-'));
  try {
    const argv = [
      ...[await findQemu(), '-accel', 'kvm', '-cpu', 'host', '-m', '512', '-machine', 'q35', '-no-reboot'],
      ...['-nodefaults', '-no-user-config', '-display', 'none', '-serial', 'stdio', '-kernel', kernel],
      ...['-append', 'console=ttyS0 panic=-1'],
    ];
    const { stdout } = await run(argv, { cwd: folder, timeout: LIMIT_MS, okCodes: [0, 1] });
    return /Kernel panic|Unable to mount root/.test(stdout) && (await isNested());
  } catch {
    return false; // hung, or KVM refused: emulation works everywhere
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether KVM hands virtualisation on to its guests: the rack's machines are hypervisors. */
async function isNested(): Promise<boolean> {
  for (const module of ['kvm_intel', 'kvm_amd']) {
    const text = await readFile(`/sys/module/${module}/parameters/nested`, 'utf8').catch(() => '');
    if (/^[Y1]/.test(text)) return true;
  }
  return false;
}
