import type { Build, PlannedPackage } from './plan.ts';

/** Spec files. Pure. */

export interface SpecPart {
  package: PlannedPackage;
  /** From fileLines(). */
  files: readonly string[];
  /** Units with an [Install] section: they get what the presets say. */
  units: readonly string[];
}

/** Nothing is built: the buildroot is there already, and what rpm would do to it is switched off. */
const SETTINGS = [
  '%global debug_package %{nil}',
  '%global __spec_install_pre %{___build_pre}',
  '%global __os_install_post %{nil}',
  '%global _build_id_links none',
  '%global _missing_build_ids_terminate_build 0',
  '%global _binary_payload w1.zstdio',
  '%global use_source_date_epoch_as_buildtime 1',
  '%global _buildhost rackhand-lab',
];

export function renderSpec(build: Build, parts: readonly SpecPart[]): string {
  const [main, ...others] = parts as [SpecPart, ...SpecPart[]];
  return [
    ...SETTINGS,
    '',
    `Name: ${main.package.name}`,
    ...(build.evr.epoch > 0 ? [`Epoch: ${build.evr.epoch}`] : []),
    `Version: ${build.evr.version}`,
    `Release: ${build.evr.release}`,
    `License: See /usr/share/licenses/${build.name}`,
    ...(/^https?:\/\/\S+$/.test(build.debs[0]?.homepage ?? '') ? [`URL: ${build.debs[0]!.homepage}`] : []),
    'Vendor: Rackhand lab',
    ...(build.arch === 'noarch' ? ['BuildArch: noarch'] : []),
    ...preamble(build, main.package),
    ...description(build, main.package, ''),
    ...others.flatMap(({ package: part }) => [
      `%package -n ${part.name}`,
      ...preamble(build, part),
      ...description(build, part, `-n ${part.name}`),
    ]),
    '%prep',
    '%build',
    '%install',
    '',
    ...parts.flatMap((part) => scriptlets(build, part)),
    ...parts.flatMap((part) => [`%files -n ${part.package.name}`, ...part.files, '']),
  ].join('\n');
}

function preamble(build: Build, part: PlannedPackage): string[] {
  return [
    `Summary: ${percent(part.summary)}`,
    ...(build.definition.plain ? ['AutoReqProv: no'] : []),
    ...part.pre.map((name) => `Requires(pre): ${name}`),
    ...part.requires.map((name) => `Requires: ${sameBuild(build, name)}`),
    ...part.provides.map((name) => `Provides: ${name.replace('KERNEL', kernelRelease(build))}`),
  ];
}

/** rpm takes one dash in a version: 6.1.0-56-amd64 → 6.1.0-56.amd64 */
function kernelRelease(build: Build): string {
  return (build.kernel ?? '').replace(/-([^-]*)$/, '.$1');
}

/** Packages cut from one payload belong together. */
function sameBuild(build: Build, name: string): string {
  const { epoch, version, release } = build.evr;
  const evr = `${epoch > 0 ? `${epoch}:` : ''}${version}-${release}`;
  return build.packages.some((other) => other.name === name) ? `${name} = ${evr}` : name;
}

function description(build: Build, part: PlannedPackage, option: string): string[] {
  const text = build.debs[0]?.description ?? '';
  return [`%description ${option}`.trim(), percent(text === '' ? part.summary : text), ''];
}

function scriptlets(build: Build, { package: part, units }: SpecPart): string[] {
  const { pretransLua, post, posttrans, triggers } = part.part.scripts;
  const text = (body: string) => body.trimEnd().replaceAll('KERNEL', build.kernel ?? 'KERNEL');
  const presets = units.length > 0 && build.definition.presets ? [presetCommand(units)] : [];
  const afterwards = [...(post ? [text(post)] : []), ...presets];
  return [
    ...(pretransLua ? [`%pretrans -n ${part.name} -p <lua>`, text(pretransLua), ''] : []),
    ...(afterwards.length > 0 ? [`%post -n ${part.name}`, ...afterwards, ''] : []),
    ...(posttrans ? [`%posttrans -n ${part.name}`, text(posttrans), ''] : []),
    ...triggers.flatMap(({ priority, paths, body }) => [
      `%transfiletriggerin -n ${part.name} -P ${priority} -- ${paths.join(' ')}`,
      text(body),
      '',
    ]),
  ];
}

/** On first installation only; before systemd itself is there, its own %post does it for all units. */
export function presetCommand(units: readonly string[]): string {
  return `if [ "$1" -eq 1 ] && [ -x /usr/bin/systemctl ]; then systemctl --no-reload preset ${units.join(' ')} >/dev/null 2>&1 || :; fi`;
}

function percent(text: string): string {
  return text.replaceAll('%', '%%');
}
