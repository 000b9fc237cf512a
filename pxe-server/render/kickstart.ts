import type { ReplicaHost, ReplicaImage } from '../roles/messages.ts';
import { artifactUrl } from './command-line.ts';
import type { Templates } from './template.ts';

/** What a kickstart template may use: the one place that says so. */
export type KickstartContext = {
  host: { id: string; name: string };
  /** The live root that is installed: its address and its SHA-256. */
  image: { id: string; rootfs: string; sha256: string };
  /** Public keys for root, lines of authorized_keys. */
  sshKeys: string[];
  /** For the installed system: the image's own, then the host's. */
  kernelArguments: string;
  /** http://ADDRESS[:PORT] of the server, as the machine reaches it. */
  server: string;
};

/** @throws RackhandError as Templates.render; image-incomplete */
export function renderKickstart(
  templates: Templates,
  name: string,
  told: { host: ReplicaHost; image: ReplicaImage; base: string; sshKeys: string[] },
): string {
  const { host, image, base, sshKeys } = told;
  const context: KickstartContext = {
    host: { id: host.id, name: host.name },
    image: {
      id: image.id,
      rootfs: artifactUrl(base, image, 'rootfs'),
      sha256: image.artifacts.find((a) => a.role === 'rootfs')!.sha256,
    },
    sshKeys,
    kernelArguments: [...image.kernelArguments, ...host.kernelArguments].join(' '),
    server: base,
  };
  return templates.render(name, context);
}

/** A context like any other, to try templates with before a machine asks for one. */
export function exampleContext(sshKeys: string[]): KickstartContext {
  return {
    host: { id: '00000000-0000-4000-8000-000000000000', name: 'host' },
    image: {
      id: '0123456789abcdef',
      rootfs: 'http://192.0.2.1/images/0123456789abcdef/rootfs.squashfs',
      sha256: '0'.repeat(64),
    },
    sshKeys,
    kernelArguments: 'console=ttyS0,115200',
    server: 'http://192.0.2.1',
  };
}
