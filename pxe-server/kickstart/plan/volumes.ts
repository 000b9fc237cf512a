import type { Volume, VolumeGroup } from '../document/shapes.ts';
import { shareOut } from './grow.ts';
import { extentsOf, MIB, sizeWords, THIN_CHUNK, thinMetadata } from './sizes.ts';
import { handOn, type Laying, refuseExisting, wantedSize } from './storage.ts';

/** Volume groups and what is in them, in whole extents. */
export function layVolumes(laying: Laying): void {
  for (const group of laying.storage.groups) layGroup(laying, group);
}

function layGroup(laying: Laying, group: VolumeGroup): void {
  const { storage, members, steps, refusals } = laying;
  if (group.existing) {
    refuseExisting(refusals, group);
    return;
  }
  const made = group.members.flatMap((name) => members.get(name) ?? []);
  if (made.length < group.members.length) return;
  const extent = group.extent === 0 ? 4 * MIB : group.extent * 1024;
  if (extent % 1024 !== 0 || !Number.isInteger(Math.log2(extent)))
    return void refusals.add(group.node, {
      ...{ code: 'value-invalid', message: `${group.extent} KiB is no power of two`, field: 'pesize' },
      mend: 'use 4096',
    });
  const extents = made.reduce((sum, { size }) => sum + extentsOf(size, extent), 0);
  if (extents === 0)
    return void refusals.add(group.node, {
      ...{ code: 'space-short', message: `not one extent of ${sizeWords(extent)} fits` },
      mend: 'make its members larger',
    });
  steps.push({
    ...{ do: 'volume-group', line: group.node.line.number, name: group.name },
    ...{ members: made.map(({ device }) => device), extent, extents },
  });
  const own = storage.volumes.filter((volume) => volume.group === group.name);
  for (const volume of own) if (volume.existing || volume.resize) refuseExisting(refusals, volume);
  layOwn(laying, group, own, { extent, extents });
}

function layOwn(
  laying: Laying,
  group: VolumeGroup,
  own: readonly Volume[],
  { extent, extents }: { extent: number; extents: number },
): void {
  const { inventory, refusals, steps } = laying;
  const kept = group.reservedSpace
    ? Math.ceil((group.reservedSpace * MIB) / extent)
    : Math.ceil((extents * (group.reservedPercent ?? 0)) / 100);
  const solid = own.filter(({ kind }) => kind !== 'thin');
  const cached = own.find((volume) => volume.cached);
  if (cached)
    return void refusals.add(cached.node, {
      code: 'not-compiled',
      message: 'a plan makes no caches',
      mend: 'leave it away',
    });
  const fixed = solid.map((volume) =>
    Math.ceil(((wantedSize(volume, inventory.memory) ?? 0) * MIB) / extent),
  );
  const chunks = solid.map(({ chunk }) => (chunk === undefined ? THIN_CHUNK : chunk * 1024));
  const metadata = solid.map((volume, i) => {
    if (volume.kind !== 'thin-pool') return 0;
    // For the largest that the pool may become.
    const most = volume.grow || volume.percent !== undefined ? extents : fixed[i]!;
    const bytes =
      volume.metadata === undefined ? thinMetadata(most * extent, chunks[i]!) : volume.metadata * MIB;
    return Math.ceil(bytes / extent);
  });
  // Beside the metadata of each pool LVM keeps a spare, as large as the largest.
  const overhead = kept + metadata.reduce((sum, one) => sum + one, 0) + Math.max(0, ...metadata);
  const wanted = fixed.reduce((sum, one) => sum + one, 0);
  const total = extents - overhead;
  if (wanted > total)
    return void refusals.add(solid.at(-1)?.node ?? group.node, {
      code: 'space-short',
      message:
        `${group.name} has ${extents} extents of ${sizeWords(extent)}, ${overhead} of them reserved or for metadata of pools; ` +
        `${fixed.join(' + ')} = ${wanted} are ${wanted - total} too many`,
      mend: 'make something smaller',
    });
  const free = total - wanted;
  const parts = solid.map(({ percent, maxsize, grow }, i) => ({
    size: fixed[i]! + (percent === undefined ? 0 : Math.floor((free * percent) / 100)),
    limit: maxsize === undefined ? undefined : Math.ceil((maxsize * MIB) / extent),
    grow,
  }));
  const percents = parts.reduce((sum, { size }) => sum + size, 0);
  if (percents > total)
    return void refusals.add(solid.at(-1)!.node, {
      ...{
        code: 'space-short',
        message: `the percentages are ${percents - total} extents more than there are`,
        field: 'percent',
      },
      mend: 'let them be 100 together',
    });
  for (const [i, count] of shareOut(parts, total).entries()) {
    const volume = solid[i]!;
    const { name, node } = volume;
    const at = { line: node.line.number, group: group.name, name, extents: count, size: count * extent };
    if (count === 0) {
      refusals.add(node, {
        code: 'space-short',
        message: `nothing is left for ${name}`,
        mend: 'give it a size',
      });
    } else if (volume.kind === 'thin-pool') {
      steps.push({ do: 'thin-pool', ...at, metadataExtents: metadata[i]!, chunk: chunks[i]! });
      layThin(laying, volume, own, { extent, extents: count });
    } else {
      const device = `${group.name}/${name}`;
      steps.push({ do: 'volume', ...at, device });
      handOn(laying, volume, { device, size: at.size });
    }
  }
}

/**
 * Thin volumes have the size that they ask for, rounded up to extents. Those that grow share what the pool has beyond
 * all of them, so that growing never promises more than there is.
 */
function layThin(
  laying: Laying,
  pool: Volume,
  own: readonly Volume[],
  { extent, extents }: { extent: number; extents: number },
): void {
  const { inventory, refusals, steps } = laying;
  const thin = own.filter(({ kind, pool: name }) => kind === 'thin' && name === pool.name);
  const toExtents = (mib: number) => Math.ceil((mib * MIB) / extent);
  const parts = thin.map((volume) => {
    const { node, percent, maxsize, grow } = volume;
    const wanted = wantedSize(volume, inventory.memory);
    if (wanted === undefined || percent !== undefined) {
      const message = 'a thin volume has a size, and takes no percentage of anything';
      refusals.add(node, { code: 'not-compiled', message, mend: 'give --size, with or without --grow' });
    }
    return {
      size: Math.max(1, toExtents(wanted ?? 0)),
      limit: maxsize === undefined ? undefined : toExtents(maxsize),
      grow,
    };
  });
  for (const [i, count] of shareOut(parts, extents).entries()) {
    const volume = thin[i]!;
    const size = count * extent;
    const device = `${volume.group}/${volume.name}`;
    steps.push({
      ...{ do: 'thin-volume', line: volume.node.line.number, group: volume.group, pool: pool.name },
      ...{ name: volume.name, device, size },
    });
    handOn(laying, volume, { device, size });
  }
}
