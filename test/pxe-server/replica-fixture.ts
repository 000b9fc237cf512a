import { heldReplica } from '../../pxe-server/roles/held-replica.ts';
import type {
  Replica,
  ReplicaHost,
  ReplicaImage,
  ReplicaInstaller,
  ToldReplica,
} from '../../pxe-server/roles/messages.ts';

export function host(change: Partial<ReplicaHost> = {}): ReplicaHost {
  return {
    id: 'h1',
    name: 'node1',
    macs: ['52:54:00:00:00:01'],
    inventoryMacs: [],
    state: 'declared',
    approved: true,
    arm: 'always',
    kernelArguments: [],
    ...change,
  };
}

export function image(change: Partial<ReplicaImage> = {}): ReplicaImage {
  const artifact = (role: 'kernel' | 'initramfs' | 'rootfs', file: string) => ({
    role,
    file,
    size: 3,
    sha256: 'a'.repeat(64),
  });
  return {
    id: '0123456789abcdef',
    name: 'lab',
    builtAt: '2026-01-01T00:00:00.000Z',
    tags: [],
    folder: '/images/0123456789abcdef',
    artifacts: [
      artifact('kernel', 'vmlinuz'),
      artifact('initramfs', 'initramfs.img'),
      artifact('rootfs', 'rootfs.squashfs'),
    ],
    papers: [],
    kernelArguments: ['rd.live.image', 'console=ttyS0,115200'],
    ramRequired: 2048,
    arch: 'x86_64',
    ...change,
  };
}

export function installer(change: Partial<ReplicaInstaller> = {}): ReplicaInstaller {
  const file = (path: string) => ({ path, size: 3, sha256: 'b'.repeat(64) });
  return {
    name: 'el9',
    kernel: file('/installers/vmlinuz'),
    initramfs: file('/installers/initrd.img'),
    kernelArguments: ['inst.repo=http://192.0.2.5/el9'],
    ...change,
  };
}

export function told(change: Partial<ToldReplica> = {}): ToldReplica {
  return {
    hosts: [host()],
    images: [image()],
    installers: [installer()],
    kickstarts: ['install.ks.njk', 'minimal.ks.njk', 'snippets/storage.ks.njk'],
    defaultImage: 'lab',
    secureBoot: false,
    unknown: 'inventory',
    caFingerprint: 'c'.repeat(64),
    ...change,
  };
}

export function replica(change: Partial<ToldReplica> = {}): Replica {
  return heldReplica(told(change));
}
