import { hostsText } from '../catalog/prune-plan.ts';
import type { Users } from '../catalog/users.ts';
import { columns, size } from './text.ts';

/** One image as a list shows it. */
export interface ListedImage {
  id: string;
  recipe: string;
  /** ISO time; null when its provenance is lost. */
  builtAt: string | null;
  /** Bytes of its artifacts and evidence. */
  bytes: number;
  kernelVersion: string;
  tags: string[];
  /** "signed", "UNSIGNED", or what else its signature is worth. */
  signature: string;
  /** Null when no server has told what its hosts use. */
  users: Users | null;
}

const HEAD = ['IMAGE', 'RECIPE', 'BUILT', 'SIZE', 'KERNEL', 'SIGNATURE', 'TAGS', 'USED BY'];

/** The images as a table; the last column is left out when nothing is known of hosts. Pure. */
export function renderList(images: readonly ListedImage[]): string {
  if (images.length === 0) return 'no images; rackhand build RECIPE makes one';
  const rows = images.map((image) => [
    ...[image.id, image.recipe, image.builtAt?.slice(0, 16).replace('T', ' ') ?? 'unknown'],
    ...[size(image.bytes), image.kernelVersion, image.signature, image.tags.join(', ') || '-'],
    usersText(image.users),
  ]);
  const known = images.some(({ users }) => users !== null);
  const table = known ? [HEAD, ...rows] : [HEAD, ...rows].map((row) => row.slice(0, -1));
  return columns(table, [3]).join('\n');
}

/** Tags and users of one image, a line for each kind that there is. */
export function renderNames(image: ListedImage | undefined): string {
  const tags = image?.tags.join(', ') || '-';
  const lines = { tags, 'used by': usersText(image?.users ?? null) || '-' };
  return Object.entries(lines)
    .filter(([, text]) => text !== '-')
    .map(([name, text]) => `${name}: ${text}\n`)
    .join('');
}

function usersText(users: Users | null): string {
  if (!users) return '';
  const { hosts, servers } = users;
  const told = [
    ...(hosts.length > 0 ? [`${hosts.length === 1 ? '' : `${hosts.length}: `}${hostsText(hosts)}`] : []),
    ...servers.map((server) => `default of ${server}`),
  ];
  return told.join('; ') || '-';
}
