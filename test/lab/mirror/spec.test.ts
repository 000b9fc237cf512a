import { describe, expect, it } from 'vitest';
import { deb, tables } from './fixture.ts';
import { planBuilds } from './plan.ts';
import { renderSpec } from './spec.ts';

const HEAD = [
  '%global debug_package %{nil}',
  '%global __spec_install_pre %{___build_pre}',
  '%global __os_install_post %{nil}',
  '%global _build_id_links none',
  '%global _missing_build_ids_terminate_build 0',
  '%global _binary_payload w1.zstdio',
  '%global use_source_date_epoch_as_buildtime 1',
  '%global _buildhost rackhand-lab',
  '',
];

describe('spec file', () => {
  it('of a package with one part, literally', () => {
    const t = tables({
      rename: { libc6: 'glibc' },
      packages: {
        sshd: {
          debs: ['openssh-server'],
          parts: { 'sshd-extra': { summary: 'More', requires: ['sshd'], files: ['x'] } },
          provides: ['ssh-server'],
          scripts: { triggers: [{ priority: 100, paths: ['/usr/lib/x'], body: 'true' }] },
        },
      },
    });
    const facts = {
      version: '1:9.2p1-2',
      depends: [['libc6']],
      homepage: 'https://www.openssh.com',
      description: '100% safe',
    };
    const build = planBuilds([deb('openssh-server', facts), deb('libc6')], t).find(
      ({ name }) => name === 'sshd',
    )!;
    const [main, extra] = build.packages;
    const text = renderSpec(build, [
      { package: main!, files: ['/usr/sbin/sshd'], units: ['sshd.service', 'sshd.socket'] },
      { package: extra!, files: ['%doc /x'], units: [] },
    ]);
    expect(text.split('\n')).toEqual([
      ...HEAD,
      'Name: sshd',
      'Epoch: 1',
      'Version: 9.2p1',
      'Release: 2.el9',
      'License: See /usr/share/licenses/sshd',
      'URL: https://www.openssh.com',
      'Vendor: Rackhand lab',
      'Summary: The package openssh-server',
      'Requires(pre): filesystem',
      'Requires: glibc',
      'Provides: ssh-server',
      '%description',
      '100%% safe',
      '',
      '%package -n sshd-extra',
      'Summary: More',
      'Requires(pre): filesystem',
      'Requires: sshd = 1:9.2p1-2.el9',
      '%description -n sshd-extra',
      '100%% safe',
      '',
      '%prep',
      '%build',
      '%install',
      '',
      '%post -n sshd',
      'if [ "$1" -eq 1 ] && [ -x /usr/bin/systemctl ]; then systemctl --no-reload preset sshd.service sshd.socket >/dev/null 2>&1 || :; fi',
      '',
      '%transfiletriggerin -n sshd -P 100 -- /usr/lib/x',
      'true',
      '',
      '%files -n sshd',
      '/usr/sbin/sshd',
      '',
      '%files -n sshd-extra',
      '%doc /x',
      '',
    ]);
  });

  it('of the kernel: no dependencies from files, its release in scriptlets and provides', () => {
    const t = tables({
      packages: {
        'kernel-core': {
          ...{
            debs: ['linux-image-6.*'],
            plain: true,
            kernel: true,
            provides: ['kernel-core-uname-r = KERNEL'],
          },
          scripts: { posttrans: 'depmod -a KERNEL || :\n', pretransLua: 'x()' },
        },
      },
    });
    const build = planBuilds([deb('linux-image-6.1.0-56-amd64')], t)[0]!;
    const lines = renderSpec(build, [{ package: build.packages[0]!, files: [], units: [] }]).split('\n');
    expect(lines).toContain('AutoReqProv: no');
    expect(lines).toContain('Provides: kernel-core-uname-r = 6.1.0-56.amd64');
    expect(lines.slice(lines.indexOf('%pretrans -n kernel-core -p <lua>'), -2)).toEqual([
      '%pretrans -n kernel-core -p <lua>',
      'x()',
      '',
      '%posttrans -n kernel-core',
      'depmod -a 6.1.0-56-amd64 || :',
      '',
    ]);
  });
});
