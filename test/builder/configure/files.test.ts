import { chmod, mkdir, mkdtemp, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lockRoot } from '../../../builder/configure/access.ts';
import { configuredFiles } from '../../../builder/configure/files.ts';
import { libvirtTls } from '../../../builder/configure/libvirt.ts';
import { layOverlay, readOverlay } from '../../../builder/configure/overlay.ts';
import { unitPlan } from '../../../builder/configure/units.ts';
import { Recipe } from '../../../builder/recipe/schema.ts';

const recipe = Recipe.parse({
  ...{ name: 'lab', base: 'el9', releasever: '9', arch: 'x86_64', libvirt: 'monolithic', strip: [] },
  repositories: [{ id: 'a', baseurl: 'file:///a', gpgkey: 'file:///k' }],
  packages: ['a'],
  services: { enable: ['mine.service'], disable: ['theirs.service'], mask: ['evil.timer'] },
  compression: { squashfs: 'xz', initramfs: 'xz' },
  ramRequired: 2048,
});
const modular = { ...recipe, libvirt: 'modular' as const };

describe('written files', () => {
  const files = configuredFiles(recipe, 'ab'.repeat(32));
  const text = (path: string) => files.find((file) => file.path === path)?.text;

  it('say which image this is and where libvirt takes its certificate', () => {
    expect(text('etc/rackhand/image.json')).toBe(
      '{"schema":1,"recipe":"lab","image":"abababababababab","libvirt":"monolithic",' +
        '"selinux":"enforcing","ramRequired":2048,"tls":{' +
        '"service":"libvirtd.service","socket":"libvirtd-tls.socket","config":"/etc/libvirt/libvirtd.conf",' +
        '"certificate":"/etc/pki/libvirt/servercert.pem","key":"/etc/pki/libvirt/private/serverkey.pem",' +
        '"ca":"/etc/pki/CA/cacert.pem","port":16514},"ports":["16514","49152-49216"]}\n',
    );
    expect(libvirtTls('modular')).toMatchObject({
      ...{ service: 'virtproxyd.service', socket: 'virtproxyd-tls.socket' },
      config: '/etc/libvirt/virtproxyd.conf',
    });
  });
  it('let nobody in by password', () => {
    expect(text('etc/ssh/sshd_config.d/00-rackhand.conf')).toBe(`HostKey /etc/ssh/ssh_host_ecdsa_key
HostKey /etc/ssh/ssh_host_ed25519_key
PasswordAuthentication no
KbdInteractiveAuthentication no
ChallengeResponseAuthentication no
PermitRootLogin prohibit-password
PermitEmptyPasswords no
X11Forwarding no
`);
  });
  it('drop what no rule of the firewall lets in', () => {
    expect(text('etc/rackhand/firewall.nft')).toBe(`table inet rackhand
delete table inet rackhand
table inet rackhand {
  chain input {
    type filter hook input priority filter; policy drop;
    iifname "lo" accept
    ct state established,related accept
    meta l4proto { icmp, ipv6-icmp } accept
    udp dport 68 udp sport 67 accept comment "DHCP"
    udp dport 546 udp sport 547 ip6 saddr fe80::/10 accept comment "DHCPv6"
    tcp dport 22 accept comment "ssh"
    tcp dport 16514 accept comment "libvirt TLS"
    tcp dport 49152-49216 accept comment "migration"
    iifname "virbr*" udp dport { 53, 67, 547 } accept comment "guests of libvirt's networks"
    iifname "virbr*" tcp dport 53 accept comment "guests of libvirt's networks"
  }
}
`);
  });
  it('turn nested virtualisation, vhost_net and KSM on, and keep the journal in memory', () => {
    expect(text('etc/modprobe.d/rackhand.conf')).toBe(
      'options kvm_intel nested=1\noptions kvm_amd nested=1\noptions bonding max_bonds=0\n',
    );
    expect(text('etc/modules-load.d/rackhand.conf')).toBe(
      'vhost_net\ntun\nbridge\n8021q\nbonding\nnf_tables\nnft_ct\nsunrpc\n',
    );
    expect(text('etc/tmpfiles.d/rackhand-ksm.conf')?.split('\n').at(-2)).toBe(
      'w /sys/kernel/mm/ksm/run - - - - 1',
    );
    expect(text('etc/systemd/journald.conf.d/10-rackhand.conf')).toContain(
      '[Journal]\nStorage=volatile\nRuntimeMaxUse=64M\n',
    );
  });
  it('leave guests their volumes, and paths to storage some patience', () => {
    expect(text('etc/lvm/lvmlocal.conf')).toContain('auto_activation_volume_list = []');
    expect(text('etc/multipath.conf')).toContain('find_multipaths yes');
    expect(text('etc/systemd/system/machine.slice.d/10-rackhand.conf')).toContain('TasksMax=infinity');
    expect(text('etc/sysctl.d/90-rackhand.conf')).toContain('kernel.pid_max = 4194304\n');
  });
  it('give every boot a machine id of its own', () => {
    expect(files.find((file) => file.path === 'etc/machine-id')).toEqual({
      ...{ path: 'etc/machine-id', mode: 0o444, text: '' },
    });
  });
});

it('root has no password, and nobody else changes', () => {
  expect(lockRoot('root:$6$x$y:19000:0:99999:7:::\nbin:*:1::::::\n')).toBe(
    'root:!*:19000:0:99999:7:::\nbin:*:1::::::\n',
  );
  expect(lockRoot('root::1::::::\n')).toBe('root:!*:1::::::\n');
});

describe('units', () => {
  it('of a monolithic libvirt', () => {
    const plan = unitPlan(recipe, ['rackhand-agent.service']);
    expect(plan.enable).toEqual([
      ...['NetworkManager.service', 'sshd.service', 'rackhand-firewall.service'],
      ...['rackhand-sshd-keygen.service', 'libvirtd.service', 'libvirtd.socket'],
      ...['libvirtd-tls.socket', 'mine.service'],
      'rackhand-agent.service',
    ]);
    expect(plan.disableIfPresent).toContain('theirs.service');
    expect(plan.mask).toContain('evil.timer');
  });
  it('of modular daemons', () => {
    expect(unitPlan(modular, []).enable).toEqual([
      ...['NetworkManager.service', 'sshd.service', 'rackhand-firewall.service'],
      ...['rackhand-sshd-keygen.service', 'virtqemud.socket', 'virtnetworkd.socket', 'virtnodedevd.socket'],
      ...['virtnwfilterd.socket', 'virtsecretd.socket', 'virtstoraged.socket', 'virtproxyd.socket'],
      'virtproxyd-tls.socket',
      'mine.service',
    ]);
    expect(unitPlan(modular, []).disableIfPresent).toContain('libvirtd.service');
  });
  it.each([recipe, modular])('libvirt is reached over TLS, never in the clear', (given) => {
    const plan = unitPlan(given, []);
    for (const unit of ['virtproxyd-tcp.socket', 'libvirtd-tcp.socket']) {
      expect(plan.disableIfPresent).toContain(unit);
      expect([...plan.enable, ...plan.enableIfPresent]).not.toContain(unit);
    }
  });
});

describe('overlay', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rackhand-overlay-'));
    await mkdir(join(folder, 'over/root/usr/libexec'), { recursive: true });
    await writeFile(join(folder, 'over/root/usr/libexec/tool'), '#!/bin/sh\n');
    await chmod(join(folder, 'over/root/usr/libexec/tool'), 0o700);
    await writeFile(join(folder, 'over/root/usr/data'), 'new', { mode: 0o600 });
    await symlink('data', join(folder, 'over/root/usr/link'));
    await writeFile(join(folder, 'over/units.txt'), '# comment\na.service  # why\n\nb.socket\n');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('is laid over what is there, with modes that do not hang on the checkout', async () => {
    const root = join(folder, 'root');
    await mkdir(join(root, 'usr'), { recursive: true });
    await writeFile(join(root, 'usr/data'), 'old');
    const overlay = await readOverlay(join(folder, 'over'));
    expect(overlay.units).toEqual(['a.service', 'b.socket']);
    await layOverlay(overlay, root);
    expect(await readFile(join(root, 'usr/data'), 'utf8')).toBe('new');
    expect(await readlink(join(root, 'usr/link'))).toBe('data');
    expect((await stat(join(root, 'usr/data'))).mode & 0o777).toBe(0o644);
    expect((await stat(join(root, 'usr/libexec/tool'))).mode & 0o777).toBe(0o755);
  });
  it('has another identity when a byte changes', async () => {
    const before = (await readOverlay(join(folder, 'over'))).identity;
    expect((await readOverlay(join(folder, 'over'))).identity).toBe(before);
    await writeFile(join(folder, 'over/root/usr/data'), 'newer');
    expect((await readOverlay(join(folder, 'over'))).identity).not.toBe(before);
  });
  it('that is absent is empty', async () => {
    expect(await readOverlay(join(folder, 'nowhere'))).toMatchObject({ entries: [], units: [] });
  });
});
