import { z } from 'zod';
import { Mac } from '../../../builder/contract/fields.ts';
import { IMAGE, startBootHttp } from '../../pxe-server/http/boot-fixture.ts';
import { documentOf } from './document.ts';
import type { Surface } from './run.ts';

/** HTTP boot: scripts of hosts and of strangers, loaders, images and kickstarts, with a queue that some wait in. */
export async function bootSurface(): Promise<Surface> {
  const service = await startBootHttp();
  const { port, replica, internal, mint } = service;
  const root = replica.images[0]!.artifacts.find(({ role }) => role === 'rootfs')!;
  return {
    ...{ name: 'boot', tls: false, port, internal },
    description: documentOf([
      { template: '/boot/start.ipxe' },
      { template: '/boot/grub.cfg' },
      {
        ...{ methods: ['GET'], template: '/boot/host.ipxe' },
        query: { mac: Mac, uuid: z.guid(), serial: z.string().max(200), platform: z.enum(['efi', 'pcbios']) },
      },
      { template: '/boot/grub.cfg-01-{mac}' },
      { template: '/boot/{name}' },
      { template: '/images/{id}/{file}' },
      { template: '/rootfs/{sha256}' },
      { template: '/installers/{installer}/{part}' },
      { methods: ['GET'], template: '/kickstart/{token}' },
    ]),
    known: {
      parameters: {
        mac: () => [...replica.hosts].flatMap(({ macs }) => macs),
        name: () => ['snponly.efi'],
        id: () => [IMAGE],
        file: () => [...replica.images[0]!.artifacts, ...replica.images[0]!.papers].map(({ file }) => file),
        sha256: () => [root.sha256],
        installer: () => replica.installers.map(({ name }) => name),
        part: () => ['kernel', 'initramfs'],
        token: () => [mint.mint('kickstart', 'h2', '52:54:00:00:00:02')],
      },
      tokens: () => ['0'.repeat(32)],
    },
    fault({ method }, { status, type, body }) {
      if (status >= 500) return 'it is the server that failed';
      if (method === 'HEAD') return body === '' ? undefined : 'a body for HEAD';
      if (status >= 400 && status !== 416 && !/^# [\x20-\x7e]+\n$/.test(body))
        return 'an error is one line of plain text';
      if (status < 400 && type === '') return 'no content type';
      return undefined;
    },
    async tidy() {
      service.traces.length = 0;
      service.minted.length = 0;
    },
    close: () => service.close(),
  };
}
