import type { Release } from '../../../pxe-server/kickstart/releases.ts';

/** Vectors on which we differ from the reference, each on purpose. */
export const DIFFERENCES: readonly { release: Release; text: string; reason: string }[] = [];
