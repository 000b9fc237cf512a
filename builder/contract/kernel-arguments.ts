import { z } from 'zod';
import { Sha256, Token } from './fields.ts';

/**
 * What the server tells an image on the kernel command line. The agent reads exactly these names
 * (builder/overlay, shell), so this file and the agent change together.
 */
export const KernelArguments = z.strictObject({
  /** rackhand.url: https://ADDRESS:PORT of the registration endpoint. */
  url: z.string().regex(/^https:\/\/[0-9A-Za-z.:[\]-]+$/),
  /** rackhand.ca: SHA-256 of the DER form of the endpoint's certificate authority. */
  ca: Sha256,
  /** rackhand.token: one-time token of this boot attempt. */
  token: Token,
});
export type KernelArguments = z.infer<typeof KernelArguments>;

/** What the initramfs holds an image against before it uses it (builder/initramfs/live, shell). */
export interface ImageArguments {
  /** rackhand.sha256: of the root that root= names. */
  sha256: string;
  /** rackhand.size: bytes of it. */
  size: number;
}

/** `rackhand.sha256=… rackhand.size=…` */
export function renderImageArguments({ sha256, size }: ImageArguments): string[] {
  return [`rackhand.sha256=${sha256}`, `rackhand.size=${size}`];
}

/** `rackhand.ram=…`: MiB without which a boot does not begin. */
export function renderMemoryArgument(mib: number): string {
  return `rackhand.ram=${mib}`;
}

/** `rackhand.url=… rackhand.ca=… rackhand.token=…`, in this order. */
export function renderKernelArguments(args: KernelArguments): string[] {
  return [`rackhand.url=${args.url}`, `rackhand.ca=${args.ca}`, `rackhand.token=${args.token}`];
}
