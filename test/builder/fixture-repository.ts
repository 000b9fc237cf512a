import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../builder/shared/process/run.ts';

export interface FixturePackage {
  name: string;
  requires?: string[];
  /** Body of %post: Lua, since these roots have no shell. */
  lua?: string;
  /** Size of its one file in bytes; a few when absent. */
  bytes?: number;
  /** Its licence text, marked as such. */
  licence?: string;
  /** The same as one of its documents, which are not installed. */
  document?: string;
}

export interface Keyring {
  home: string;
  fingerprint: string;
  /** Armoured public key. */
  file: string;
}

/** A signing key of its own. */
export async function makeKey(folder: string, user: string): Promise<Keyring> {
  const home = join(folder, 'gnupg');
  const file = join(folder, 'key.asc');
  await mkdir(home, { recursive: true, mode: 0o700 });
  const gpg = ['gpg', '--homedir', home, '--batch', '--quiet'];
  await run([...gpg, '--passphrase', '', '--quick-generate-key', user, 'rsa2048', 'sign', 'never']);
  const { stdout } = await run([...gpg, '--with-colons', '--list-keys']);
  const fingerprint = /^fpr:+([0-9A-F]{40}):/m.exec(stdout)![1]!;
  await writeFile(file, (await run([...gpg, '--armor', '--export', fingerprint])).stdout);
  await run(['gpgconf', '--homedir', home, '--kill', 'gpg-agent']);
  return { home, fingerprint, file };
}

/** Tiny packages by the real rpmbuild; signed when a key is given. */
export async function makePackages(
  folder: string,
  packages: readonly FixturePackage[],
  key?: Keyring,
): Promise<void> {
  const work = join(folder, 'work');
  const output = join(folder, 'repository/Packages');
  await mkdir(work, { recursive: true });
  await mkdir(output, { recursive: true });
  for (const one of packages) {
    await writeFile(join(work, `${one.name}.spec`), spec(one));
    const defines = [
      `_topdir ${work}`,
      `_rpmdir ${output}`,
      '_build_name_fmt %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm',
    ];
    await run(
      ['rpmbuild', '-bb', ...defines.flatMap((d) => ['--define', d]), join(work, `${one.name}.spec`)],
      { env: { HOME: work } },
    );
    if (key) await sign(join(output, `${one.name}-1-1.noarch.rpm`), key);
  }
  await run(['createrepo_c', '--quiet', join(folder, 'repository')]);
}

async function sign(file: string, key: Keyring): Promise<void> {
  const defines = [`_gpg_name ${key.fingerprint}`, `_gpg_path ${key.home}`, '__gpg /usr/bin/gpg'];
  await run(['rpmsign', ...defines.flatMap((d) => ['--define', d]), '--addsign', file]);
  await run(['gpgconf', '--homedir', key.home, '--kill', 'gpg-agent']);
}

function spec({ name, requires = [], lua, bytes = 16, ...texts }: FixturePackage): string {
  const { licence, document } = texts;
  const files = [
    ...(licence === undefined ? [] : [['%license', `/usr/share/licenses/${name}/LICENSE`, licence]]),
    ...(document === undefined ? [] : [['%doc', `/usr/share/doc/${name}/COPYING`, document]]),
  ];
  return `Name: ${name}
Version: 1
Release: 1
Summary: fixture
License: none
BuildArch: noarch
${requires.map((r) => `Requires: ${r}`).join('\n')}
%description
fixture
%install
mkdir -p %{buildroot}/usr/share/${name}
head -c ${bytes} /dev/urandom >%{buildroot}/usr/share/${name}/file
${files.map(([, path, text]) => `install -D /dev/stdin %{buildroot}${path} <<'END'\n${text}\nEND`).join('\n')}
${lua === undefined ? '' : `%post -p <lua>\n${lua}\n`}%files
/usr/share/${name}
${files.map(([kind, path]) => `${kind} ${path}`).join('\n')}
`;
}
