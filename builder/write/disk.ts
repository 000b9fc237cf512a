import { z } from 'zod';
import { RackhandError } from '../shared/errors.ts';

/** What lsblk(8) tells of a disk and of all that is made of it. Pure. */

export const COLUMNS = 'PATH,TYPE,SIZE,RM,RO,TRAN,MODEL,SERIAL,FSTYPE,LABEL,MOUNTPOINTS';

export interface Device {
  path: string;
  /** "disk", "part", "loop", "rom", "lvm", "crypt", "raid1", "mpath" … */
  type: string;
  /** Bytes. */
  size: number;
  removable: boolean;
  readOnly: boolean;
  transport: string | undefined;
  model: string | undefined;
  serial: string | undefined;
  fileSystem: string | undefined;
  label: string | undefined;
  /** "[SWAP]" among them. */
  mounts: string[];
  /** Partitions, and what is stacked on them. */
  children: Device[];
}

const Text = z.string().nullish();
const Row: z.ZodType<Device> = z
  .object({
    path: z.string(),
    type: z.string(),
    size: z.number(),
    rm: z.boolean(),
    ro: z.boolean(),
    ...{ tran: Text, model: Text, serial: Text, fstype: Text, label: Text },
    mountpoints: z.array(z.string().nullable()).default([]),
    get children() {
      return z.array(Row).default([]);
    },
  })
  .transform(({ path, type, size, rm, ro, tran, model, serial, fstype, label, mountpoints, children }) => ({
    ...{ path, type, size, removable: rm, readOnly: ro, children },
    ...{ transport: word(tran), model: word(model), serial: word(serial) },
    ...{ fileSystem: word(fstype), label: word(label) },
    mounts: mountpoints.filter((mount) => mount !== null),
  }));
const Listing = z.object({ blockdevices: z.array(Row).length(1) });

/** @throws RackhandError disk-unknown */
export function parseDisk(json: string): Device {
  try {
    return Listing.parse(JSON.parse(json)).blockdevices[0]!;
  } catch (cause) {
    throw new RackhandError('disk-unknown', 'lsblk tells nothing of this disk', 'lsblk lists what there is', {
      cause,
    });
  }
}

function word(text: string | null | undefined): string | undefined {
  return text?.trim() || undefined;
}
