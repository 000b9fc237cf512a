/** What tar, cp and rpm are given to take over a root: pure. */

/** Folders whose content belongs to a running machine; devices are never made. */
export const LIVE = ['dev', 'proc', 'sys', 'run'];

/**
 * Unpacks an archive into a folder, compressed as tar knows it by its first bytes. GNU tar refuses members with ".."
 * and takes a leading slash off; whatever goes astray through links meets a read-only file system.
 */
export function unpackArguments(archive: string, folder: string, exclude: readonly string[] = []): string[] {
  return [
    ...['tar', '--extract', `--file=${archive}`, `--directory=${folder}`],
    ...['--numeric-owner', '--same-owner', '--preserve-permissions', '--delay-directory-restore'],
    // Capabilities and labels; an overlay's own marks (trusted.*) mean nothing here.
    ...['--xattrs', '--xattrs-include=*', '--xattrs-exclude=trusted.*'],
    ...['--anchored', '--wildcards'],
    ...LIVE.flatMap((name) => ['', './', '/'].map((start) => `--exclude=${start}${name}/*`)),
    ...exclude.map((pattern) => `--exclude=${pattern}`),
  ];
}

/** The names of an archive's members, one a line, as they are written in it. */
export function listArguments(archive: string): string[] {
  return ['tar', '--list', `--file=${archive}`, '--absolute-names', '--quoting-style=literal'];
}

/** A copy with owners, modes, times, hard links and extended attributes; other file systems are left out. */
export function copyArguments(from: string, to: string): string[] {
  return ['cp', '--archive', '--one-file-system', '--reflink=auto', '--', `${from}/.`, to];
}

/** A row for each installed package: fields of PACKAGE_FIELDS separated by a bar. */
export const PACKAGE_FIELDS = [
  'NAME',
  'EPOCHNUM',
  'VERSION',
  'RELEASE',
  'ARCH',
  'SIZE',
  'BUILDTIME',
  'SHA256HEADER',
] as const;

export function packagesArguments(root: string): string[] {
  const format = PACKAGE_FIELDS.map((field) => `%{${field}}`).join('|');
  return ['rpm', `--root=${root}`, '-qa', '--qf', `${format}\\n`];
}
