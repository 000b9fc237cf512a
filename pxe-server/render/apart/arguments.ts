/** What the program of the sandbox is made of, on this machine. */
export interface Program {
  /** The node binary. */
  node: string;
  /** Folder of the project. */
  project: string;
  /** Folder in which nunjucks and what it needs are installed. */
  packages: string;
}

/** Seconds of processor time. */
const CPU_SECONDS = 10;
/** MiB of data; a template's texts are all in there. */
const HEAP_MIB = 96;
const ROOT = '/rackhand';

/** Files of the project that rendering needs, and no others. */
const OWN = [
  'package.json',
  'builder/shared/errors.ts',
  'builder/shared/nearest.ts',
  'pxe-server/render/apart',
  'pxe-server/render/template',
];
const PACKAGES = ['nunjucks', 'asap', 'a-sync-waterfall'];
/** Of the system: what the node binary is linked with. */
const LIBRARIES = ['/usr/lib', '/usr/lib64', '/lib', '/lib64'];

/**
 * A process without network, without files but the program's own, without capabilities or environment, with bounds of
 * time, memory and files. /proc is not there either. Pure.
 */
export function apartArguments({ node, project, packages }: Program): string[] {
  const readOnly = (from: string, to: string) => ['--ro-bind', from, to];
  return [
    ...['prlimit', `--cpu=${CPU_SECONDS}`, '--fsize=0', '--core=0', '--nofile=64', '--'],
    ...['bwrap', '--unshare-all', '--die-with-parent', '--new-session', '--cap-drop', 'ALL', '--clearenv'],
    ...LIBRARIES.flatMap((folder) => ['--ro-bind-try', folder, folder]),
    ...readOnly(node, `${ROOT}/node`),
    ...OWN.flatMap((path) => readOnly(`${project}/${path}`, `${ROOT}/${path}`)),
    ...PACKAGES.flatMap((name) => readOnly(`${packages}/${name}`, `${ROOT}/node_modules/${name}`)),
    ...['--dev', '/dev', '--chdir', ROOT, '--'],
    ...[`${ROOT}/node`, `--max-old-space-size=${HEAP_MIB}`, '--no-warnings'],
    `${ROOT}/pxe-server/render/apart/child.ts`,
  ];
}
