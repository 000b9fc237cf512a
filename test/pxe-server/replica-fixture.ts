import type { Replica, ReplicaHost, ReplicaImage } from '../../pxe-server/roles/messages.ts';

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
    folder: '/images/0123456789abcdef',
    artifacts: [
      artifact('kernel', 'vmlinuz'),
      artifact('initramfs', 'initramfs.img'),
      artifact('rootfs', 'rootfs.squashfs'),
    ],
    kernelArguments: ['rd.live.image', 'console=ttyS0,115200'],
    ...change,
  };
}

export function replica(change: Partial<Replica> = {}): Replica {
  return {
    hosts: [host()],
    images: [image()],
    defaultImage: 'lab',
    unknown: 'inventory',
    caFingerprint: 'c'.repeat(64),
    ...change,
  };
}
