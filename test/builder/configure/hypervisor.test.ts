import { describe, expect, it } from 'vitest';
import { lockRoot, loginFiles, sshFiles } from '../../../builder/configure/access.ts';
import { firewall } from '../../../builder/configure/firewall.ts';
import { hypervisorArguments } from '../../../builder/configure/kernel-arguments.ts';
import { libvirtSettings } from '../../../builder/configure/libvirt.ts';
import { lvmSettings, multipathSettings } from '../../../builder/configure/storage.ts';
import { chronySettings } from '../../../builder/configure/time.ts';

const closed = { listen: '127.0.0.1', spice: 'auto' } as const;
const open = { listen: '0.0.0.0', spice: 'off' } as const;

describe('kernel arguments', () => {
  it.each([
    [{ selinux: 'enforcing' }, 'intel_iommu=on iommu=pt systemd.gpt_auto=0 security=selinux'],
    [{ selinux: 'permissive' }, 'intel_iommu=on iommu=pt systemd.gpt_auto=0 security=selinux'],
    [{ selinux: 'disabled' }, 'intel_iommu=on iommu=pt systemd.gpt_auto=0 selinux=0'],
    [
      { selinux: 'enforcing', hugepages: { size: '1G', count: 64 } },
      'intel_iommu=on iommu=pt systemd.gpt_auto=0 security=selinux default_hugepagesz=1G hugepagesz=1G hugepages=64',
    ],
    [{ selinux: 'enforcing', arch: 'aarch64' }, 'iommu.passthrough=1 systemd.gpt_auto=0 security=selinux'],
    [
      { selinux: 'disabled', kdump: '512M' },
      'intel_iommu=on iommu=pt systemd.gpt_auto=0 selinux=0 crashkernel=512M',
    ],
  ] as const)('%j', (wishes, expected) => {
    const all = { hugepages: undefined, kdump: undefined, ...wishes };
    expect(hypervisorArguments(all).join(' ')).toBe(expected);
  });
});

describe("libvirt's files", () => {
  const settings = (path: string, given: Parameters<typeof libvirtSettings>[0]) =>
    libvirtSettings(given).find((file) => file.path === path)?.lines;

  it('of one daemon hold TLS and clients', () => {
    const given = { libvirt: 'monolithic', consoles: closed, selinux: 'enforcing' } as const;
    expect(libvirtSettings(given).map(({ path }) => path)).toEqual([
      ...['etc/libvirt/libvirtd.conf', 'etc/libvirt/qemu.conf', 'etc/libvirt/virtlogd.conf'],
    ]);
    const lines = settings('etc/libvirt/libvirtd.conf', given);
    expect(lines).toEqual(expect.arrayContaining(['auth_tls = "none"', 'max_workers = 64']));
    expect(lines?.filter((line) => line.startsWith('max_workers'))).toHaveLength(1);
  });
  it('of several daemons: TLS where connections come in, clients in both', () => {
    const given = { libvirt: 'modular', consoles: closed, selinux: 'enforcing' } as const;
    expect(settings('etc/libvirt/virtproxyd.conf', given)).toContain('auth_tls = "none"');
    expect(settings('etc/libvirt/virtqemud.conf', given)).toContain('max_client_requests = 64');
    expect(settings('etc/libvirt/virtqemud.conf', given)).not.toContain('auth_tls = "none"');
  });
  it.each([
    [closed, ['vnc_listen = "127.0.0.1"', 'spice_listen = "127.0.0.1"'], []],
    [open, ['vnc_listen = "0.0.0.0"'], ['spice_listen = "0.0.0.0"']],
  ])('consoles listen where the recipe says: %j', (consoles, present, absent) => {
    const lines = settings('etc/libvirt/qemu.conf', { libvirt: 'modular', consoles, selinux: 'disabled' });
    expect(lines).toEqual(expect.arrayContaining([...present, 'migration_port_max = 49216']));
    for (const line of absent) expect(lines).not.toContain(line);
  });
  it('confine every guest wherever there is SELinux', () => {
    const qemu = (selinux: 'permissive' | 'disabled') =>
      settings('etc/libvirt/qemu.conf', { libvirt: 'modular', consoles: closed, selinux });
    expect(qemu('permissive')).toEqual(
      expect.arrayContaining(['security_driver = "selinux"', 'security_require_confined = 1']),
    );
    expect(qemu('disabled')).toContain('security_driver = "none"');
  });
});

describe('firewall', () => {
  it('opens consoles of guests only when the recipe does', () => {
    expect(firewall({ consoles: closed }).join('\n')).not.toContain('5900');
    expect(firewall({ consoles: open })).toContain(
      '    tcp dport 5900-9999 accept comment "consoles of guests"',
    );
  });
  it('drops by default, for both families in one table', () => {
    const lines = firewall({ consoles: open });
    expect(lines[0]).toBe('table inet rackhand');
    expect(lines).toContain('    type filter hook input priority filter; policy drop;');
  });
});

describe('time', () => {
  const distribution =
    '# Comment\npool 2.example.pool.ntp.org iburst\nconfdir /etc/chrony/conf.d\nmakestep 1 3\n';
  it.each([
    [[], ['pool 2.example.pool.ntp.org iburst']],
    [
      ['192.0.2.1', 'ntp.example.org'],
      ['server 192.0.2.1 iburst', 'server ntp.example.org iburst'],
    ],
  ])('servers %j', (servers, expected) => {
    const lines = chronySettings(servers, distribution);
    expect(lines.filter((line) => /^(server|pool) /.test(line))).toEqual(expected);
    expect(lines).toEqual(expect.arrayContaining(['sourcedir /run/chrony-dhcp', 'port 0', 'cmdport 0']));
  });
});

describe('access', () => {
  it('by a key leaves root without a password, but not barred', () => {
    expect(lockRoot('root:x:1::::::\n', ['ssh-ed25519 AAAA a'])).toBe('root:*:1::::::\n');
  });
  it('shows login prompts only where somebody can log in', () => {
    expect(loginFiles(['ssh-ed25519 AAAA a'])).toEqual([]);
    expect(loginFiles([])[0]?.text).toContain('NAutoVTs=0\nReserveVT=0\n');
  });
  it('files: keys only where there are some', () => {
    expect(sshFiles([]).map(({ path }) => path)).toEqual(['etc/ssh/sshd_config.d/00-rackhand.conf']);
    expect(sshFiles(['ssh-ed25519 AAAA a'])[1]).toEqual({
      ...{ path: 'root/.ssh/authorized_keys', mode: 0o600, text: 'ssh-ed25519 AAAA a\n' },
    });
  });
});

it('storage: no volume is activated because it is there, a path that is gone is waited for', () => {
  expect(lvmSettings()).toContain('\tauto_activation_volume_list = []');
  expect(multipathSettings()).toContain('\tno_path_retry 16');
});
