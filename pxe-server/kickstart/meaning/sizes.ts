import type { Document, Partition, Sized, Volume } from '../document/shapes.ts';
import type { Finding } from '../findings.ts';
import type { CommandNode } from '../nodes.ts';
import { tell } from './tell.ts';

const NUMBERS: Readonly<Record<string, readonly string[]>> = {
  part: ['size', 'maxsize'],
  logvol: ['size', 'maxsize', 'cachesize', 'chunksize', 'metadatasize'],
  raid: ['chunksize'],
};
const NOT_BELOW_NOUGHT: Readonly<Record<string, readonly string[]>> = {
  raid: ['spares'],
  volgroup: ['pesize', 'reservedSpace'],
  bootloader: ['timeout'],
  user: ['uid', 'gid'],
  group: ['gid'],
};

/** Sizes that are none, contradict each other, or are not there. */
export function sizeFindings({ storage, last }: Document, commands: readonly CommandNode[]): Finding[] {
  const numbers = commands.flatMap((node) => [
    ...(NUMBERS[node.name] ?? []).flatMap((field) => tooSmall(node, field, 1)),
    ...(NOT_BELOW_NOUGHT[node.name] ?? []).flatMap((field) => tooSmall(node, field, 0)),
  ]);
  const limits = [...storage.partitions, ...storage.volumes].flatMap(growthFindings);
  const absent = storage.partitions.filter(lacksSize).map(({ node, grow }) =>
    tell(node, {
      code: 'size-absent',
      message: grow ? 'a partition that grows needs a size to grow from' : 'the partition has no size',
      mend: 'add --size in MiB',
      ...(grow ? { field: 'grow' } : {}),
    }),
  );
  return [...numbers, ...limits, ...absent, ...iscsiPort(last.get('iscsi'))];
}

function tooSmall(node: CommandNode, field: string, least: number): Finding[] {
  const value = node.values[field];
  if (typeof value !== 'number' || value >= least) return [];
  const message = `${value} is below ${least}`;
  return [tell(node, { code: 'number-outside', message, mend: `give ${least} or more`, field })];
}

function lacksSize({ size, chosen, existing, type }: Partition): boolean {
  return size === undefined && chosen === undefined && existing === undefined && type !== 'tmpfs';
}

function growthFindings({ node, size, maxsize, grow, ...rest }: Sized & { node: CommandNode }): Finding[] {
  const found: Finding[] = [];
  if (maxsize !== undefined && size !== undefined && maxsize < size && maxsize > 0 && size > 0)
    found.push(
      tell(node, {
        ...{
          code: 'size-contradictory',
          message: `the largest size, ${maxsize}, is below the size, ${size}`,
        },
        ...{ mend: 'turn them round', field: 'maxsize' },
      }),
    );
  const isPercent = (rest as Partial<Volume>).percent !== undefined;
  if (maxsize !== undefined && !grow && !isPercent)
    found.push(
      tell(node, {
        ...{ code: 'option-useless', message: '--maxsize does nothing without --grow', severity: 'warning' },
        ...{ mend: 'add --grow, or leave it away', field: 'maxsize' },
      }),
    );
  return found;
}

function iscsiPort(node: CommandNode | undefined): Finding[] {
  const port = node?.values.port;
  if (!node || typeof port !== 'number' || (port > 0 && port < 65_536)) return [];
  const told = {
    code: 'number-outside',
    message: `there is no port ${port}`,
    mend: 'give one from 1 to 65535',
  };
  return [tell(node, { ...told, field: 'port' })];
}
