import { describe, expect, it } from 'vitest';
import { hostArea, networkArguments } from '../../../builder/media/host-area.ts';
import { HostConfig } from '../../../builder/media/host-config.ts';
import { parseYaml } from '../../../builder/shared/yaml.ts';
import { CERTIFICATE, FINGERPRINT } from './certificate.ts';

const read = (text: string) => parseYaml(text, 'host.yaml', HostConfig, 'media-config');
const TOKEN = '0123456789abcdef'.repeat(2);
const SERVER = `server:
  address: 192.0.2.1:8443
  token: ${TOKEN}
  certificate: |
${CERTIFICATE.replace(/^/gm, '    ')}
`;

describe('network settings', () => {
  it.each([
    ['{ interface: eno1, address: dhcp }', ['ip=eno1:dhcp']],
    ['{ interface: eno1, address: 192.0.2.10/24 }', ['ip=192.0.2.10:::24::eno1:none']],
    [
      '{ interface: eno1, address: 192.0.2.10/24, gateway: 192.0.2.1 }',
      ['ip=192.0.2.10::192.0.2.1:24::eno1:none'],
    ],
    [
      '{ interface: lan0, mac: "52:54:00:AA:00:01", address: dhcp }',
      ['ifname=lan0:52:54:00:aa:00:01', 'ip=lan0:dhcp'],
    ],
    [
      '{ interface: eno1, address: "2001:db8::10/64", gateway: "2001:db8::1" }',
      ['ip=[2001:db8::10]::[2001:db8::1]:64::eno1:none'],
    ],
    [
      '{ bond: bond0, interfaces: [eno1, eno2], mode: 802.3ad, options: { lacp_rate: fast }, address: dhcp }',
      ['bond=bond0:eno1,eno2:mode=802.3ad,lacp_rate=fast', 'ip=bond0:dhcp'],
    ],
    ['{ bond: bond0, interfaces: [eno1], mode: active-backup }', ['bond=bond0:eno1:mode=active-backup']],
    [
      '{ vlan: 100, on: bond0, address: 192.0.2.10/24 }',
      ['vlan=bond0.100:bond0', 'ip=192.0.2.10:::24::bond0.100:none'],
    ],
  ])('%s', (entry, expected) => {
    expect(networkArguments(read(`network:\n  - ${entry}\n`).network, [])).toEqual(expected);
  });
  it('name servers come last', () => {
    const { network, dns } = read('network: [{ interface: a, address: dhcp }]\ndns: [192.0.2.53]\n');
    expect(networkArguments(network, dns)).toEqual(['ip=a:dhcp', 'nameserver=192.0.2.53']);
  });
});

describe('a configuration', () => {
  it('becomes what GRUB and the initramfs read; secrets are no kernel arguments', () => {
    const config = `${SERVER}images: { address: "http://192.0.2.1" }\nkernelArguments: [rackhand.wait=5]\n`;
    const text = hostArea(read(config))!.toString();
    expect(text).toContain("\nset rackhand_images='http://192.0.2.1'\n");
    expect(text).toContain("\nset rackhand_arguments='rackhand.wait=5'\n");
    expect(text).toContain(`\n#:url=https://192.0.2.1:8443\n#:ca=${FINGERPRINT}\n#:token=${TOKEN}\n`);
    expect(text).not.toMatch(new RegExp(`^[^#].*${TOKEN}`, 'm'));
  });
  it.each([
    ['', /host.yaml:1: top level: /],
    ['{}\n', /says nothing/],
    ['network: []\nkernelArguments: []\n', /says nothing/],
    ['images: { address: "ftp://192.0.2.1" }\n', /host.yaml:1: images.address: expected an address/],
    ['images:\n  address: http://192.0.2.1\n  more: 1\n', /host.yaml:3: images: /],
    ['images: { address: "http://192.0.2.1/\'; reboot; \'" }\n', /images.address/],
    [
      'kernelArguments:\n  - quiet\n  - "a b"\n',
      /host.yaml:3: kernelArguments.1: expected one kernel argument/,
    ],
    ['network:\n  - { interface: eno1, address: 192.0.2.10 }\n', /host.yaml:2: network.0/],
    ['network:\n  - { interface: "eno1 x", address: dhcp }\n', /host.yaml:2: network.0/],
    ['network:\n  - { vlan: 5000, on: eno1, address: dhcp }\n', /host.yaml:2: network.0/],
    [
      'server: { address: "192.0.2.1:8443", token: x, certificate: y }\n',
      /server.certificate: expected certificates in PEM/,
    ],
    [
      `server: { address: 192.0.2.1, token: ${TOKEN}, certificate: "-----BEGIN CERTIFICATE-----\\nx\\n-----END CERTIFICATE-----" }\n`,
      /server.address: expected ADDRESS:PORT[\s\S]*server.certificate: expected a certificate that can be read/,
    ],
  ])('%j is refused, with the line', (text, message) => {
    expect(() => read(text)).toThrowError(message);
  });
});
