import type { Document, Source } from '../document/shapes.ts';
import type { Finding } from '../findings.ts';
import type { CommandNode } from '../nodes.ts';
import { tell } from './tell.ts';

/** Where what is installed comes from, and whether it is what was meant. */
export function sourceFindings({ sources, repositories, packages, last }: Document): Finding[] {
  return [
    ...sourceTwice(sources),
    ...sources.flatMap(({ node }) => urlFindings(node)),
    ...repositories.flatMap(({ node }) => urlFindings(node)),
    ...sources.flatMap(({ node }) => checksumFindings(node)),
    ...bareRepositories(repositories),
    ...packageFindings(packages, sources),
    ...(last.get('updates') ? urlFindings(last.get('updates')!) : []),
  ];
}

function sourceTwice(sources: readonly Source[]): Finding[] {
  return sources.slice(1).map(({ node }) => {
    const first = sources[0]!;
    const message = `there is a source already: ${first.kind} in line ${first.node.line.number}`;
    return tell(node, { code: 'source-twice', message, mend: 'keep one of them' });
  });
}

const URL_FIELDS = ['url', 'baseurl', 'mirrorlist', 'metalink', 'proxy'];

function urlFindings(node: CommandNode): Finding[] {
  if (node.name === 'ostreecontainer') return [];
  return URL_FIELDS.flatMap((field) => {
    const url = node.values[field];
    if (typeof url !== 'string' || url === '') return [];
    if (/^(https?|ftp|file|nfs|hd|socks5?):\S+$/.test(url)) return [];
    if (field === 'proxy' && /^[\w.:@-]+$/.test(url)) return [];
    const mend = 'begin with http://, https://, ftp:// or file://';
    return [tell(node, { code: 'url-invalid', message: `${url} is no URL`, mend, field })];
  });
}

function checksumFindings(node: CommandNode): Finding[] {
  const { url, checksum, noverifyssl } = node.values;
  const found: Finding[] = [];
  if (typeof checksum === 'string' && checksum !== '' && !/^[0-9a-f]{64}$/i.test(checksum))
    found.push(
      tell(node, {
        ...{
          code: 'checksum-invalid',
          message: 'the checksum is not 64 hex digits (SHA-256)',
          field: 'checksum',
        },
        mend: 'use the output of: sha256sum FILE',
      }),
    );
  if (node.name === 'liveimg' && !checksum)
    found.push(
      tell(node, {
        ...{ code: 'fetch-unchecked', message: 'the image is not compared with anything', severity: 'risk' },
        ...{ mend: 'add --checksum= and its SHA-256', field: 'url' },
      }),
    );
  if (noverifyssl === true && String(url).startsWith('https:'))
    found.push(
      tell(node, {
        ...{ code: 'tls-unverified', message: 'anybody may answer for the server', severity: 'risk' },
        ...{ mend: 'leave --noverifyssl away, and give --sslcacert', field: 'noverifyssl' },
      }),
    );
  return found;
}

function bareRepositories(repositories: Document['repositories']): Finding[] {
  return repositories
    .filter(
      ({ location, name }) => location === undefined && !/^(AppStream|BaseOS|updates|fedora)/i.test(name),
    )
    .map(({ node, name }) =>
      tell(node, {
        ...{ code: 'repository-bare', message: `${name} has no address`, severity: 'warning' },
        mend: 'add --baseurl, unless the installer knows it by its name',
      }),
    );
}

function packageFindings(packages: Document['packages'], sources: readonly Source[]): Finding[] {
  const told = (
    entry: Document['packages'][number],
    code: string,
    message: string,
    mend: string,
  ): Finding => ({
    ...{ code, message, mend, place: entry.place, layer: 'meaning' },
    severity: code === 'package-both' ? 'error' : 'warning',
  });
  const included = new Set(
    packages.filter(({ excluded }) => !excluded).map(({ what, name }) => `${what} ${name}`),
  );
  const both = packages
    .filter(({ excluded, what, name }) => excluded && included.has(`${what} ${name}`))
    .map((entry) =>
      told(entry, 'package-both', `${entry.name} is taken and left out`, 'keep one of the two lines'),
    );
  const image = sources.find((source) => source.image);
  if (!image || !packages[0]) return both;
  const message = `${image.kind} brings its packages; these are not installed`;
  return [...both, told(packages[0], 'packages-ignored', message, 'take %packages away')];
}
