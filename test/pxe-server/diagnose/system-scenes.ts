import type { DhcpFact } from '../../../pxe-server/trace/entry.ts';
import { agent, discover, factsAt, IMAGED, KERNELED, report, script, traceOf } from '../trace/steps.ts';
import { machine, type Scene } from './scene.ts';

/** From the kernel to the registration. */
export const SYSTEM_SCENES = {
  'memory-short': [
    {
      what: 'its initramfs says so',
      trace: traceOf(...KERNELED, [
        30,
        report('memory-short', 'this image needs 2048 MiB, the machine has 1024'),
      ]),
      facts: factsAt(31),
      says: /too large for the machine’s memory: this image needs 2048 MiB/,
      mend: /smaller image/,
      evidence: [KERNELED.length],
    },
    {
      what: 'its inventory says so',
      trace: traceOf(...KERNELED),
      facts: factsAt(200, { machine: machine({ memory: 1024 }) }),
      says: /image lab needs 2048 MiB of memory, the machine has 1024 MiB/,
      mend: /hosts set node1 --image/,
      evidence: [KERNELED.length - 1],
    },
  ],
  'initramfs-without-address': [
    {
      what: 'a card without a driver, known from an earlier boot',
      trace: traceOf(...KERNELED),
      facts: factsAt(200, { machine: machine() }),
      says: /image lacks the driver of its network card \(PCI 8086:100e, e1000\), or/,
      mend: /images fit 0123456789abcdef --pci 8086:100e says/,
      evidence: [KERNELED.length - 1],
    },
    {
      what: 'a card of which its iPXE told',
      trace: traceOf(...KERNELED, [120, discover()]).map((entry, i) =>
        i === 6 || i === 8 ? { ...entry, fact: { ...(entry.fact as DhcpFact), card: '10ec:8029' } } : entry,
      ),
      facts: factsAt(200, { machine: machine() }),
      says: /lacks the driver of its network card \(PCI 10ec:8029\), or/,
      mend: /images fit 0123456789abcdef --pci 10ec:8029 says.*keep-module/,
      evidence: [6, KERNELED.length - 1],
    },
    {
      what: 'an unknown card',
      trace: traceOf(...KERNELED),
      facts: factsAt(200),
      says: /lacks the driver of its network card, or the kernel does not start/,
      mend: /lspci -nn/,
      evidence: [KERNELED.length - 1],
    },
  ],
  'image-unreachable': [
    {
      what: 'a filter before HTTP',
      trace: traceOf(...KERNELED, [40, report('image-unreachable', 'no answer from 192.0.2.1', false)]),
      facts: factsAt(41),
      says: /cannot load the image: no answer from 192\.0\.2\.1/,
      mend: /firewall/,
      evidence: [KERNELED.length],
    },
  ],
  'image-wrong': [
    {
      what: 'another digest',
      trace: traceOf(...IMAGED, [40, report('image-wrong', 'its SHA-256 is aa…, not bb…')]),
      facts: factsAt(41),
      says: /not the image that was meant: its SHA-256 is/,
      mend: /images verify 0123456789abcdef;/,
      evidence: [IMAGED.length],
    },
  ],
  'agent-silent': [
    {
      what: 'nothing after the image',
      trace: traceOf(...IMAGED),
      facts: factsAt(400),
      says: /its agent never called/,
      mend: /TCP 8443/,
      evidence: [IMAGED.length - 1],
    },
  ],
  'clock-wrong': [
    {
      what: 'a battery that is empty',
      trace: traceOf(
        ...IMAGED,
        [50, agent('ca', { clock: -86_400 * 900 })],
        [
          52,
          agent('tls-failed', { code: 'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', message: 'bad certificate' }),
        ],
      ),
      facts: factsAt(53),
      says: /clock is 900 days behind/,
      mend: /battery/,
      evidence: [IMAGED.length],
    },
    {
      what: 'the agent says expired',
      trace: traceOf(...IMAGED, [52, agent('tls-failed', { message: 'certificate expired' })]),
      facts: factsAt(53),
      says: /the machine’s clock is wrong/,
      mend: /ntp/,
      evidence: [IMAGED.length],
    },
  ],
  'authority-differs': [
    {
      what: 'the agent says so',
      trace: traceOf(
        ...IMAGED,
        [50, agent('ca')],
        [52, agent('tls-failed', { code: 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', message: 'unknown ca' })],
      ),
      facts: factsAt(53),
      says: /does not trust this server/,
      mend: /fingerprint/,
      evidence: [IMAGED.length, IMAGED.length + 1],
    },
    {
      what: 'the agent stops after it has seen it',
      trace: traceOf(...IMAGED, [50, agent('ca')]),
      facts: factsAt(200),
      says: /went no further/,
      mend: /medium anew/,
      evidence: [IMAGED.length],
    },
  ],
  'agent-cannot-connect': [
    {
      what: 'something between',
      trace: traceOf(...IMAGED, [50, agent('tls-failed', { message: 'wrong version number' })]),
      facts: factsAt(60),
      says: /TLS connection fails: wrong version number/,
      mend: /firewall/,
      evidence: [IMAGED.length],
    },
  ],
  'token-expired': [
    {
      what: 'a boot that took too long',
      trace: traceOf(...IMAGED, [
        50,
        agent('refused', { code: 'token-expired', message: 'the token was good until …' }),
      ]),
      facts: factsAt(60),
      says: /its token is over: the token was good until/,
      mend: /tokenMinutes/,
      evidence: [IMAGED.length],
    },
  ],
  'token-spent': [
    {
      what: 'a second claimant',
      trace: traceOf(...IMAGED, [
        50,
        agent('refused', { code: 'token-claimed', message: 'claimed with another key' }),
      ]),
      facts: factsAt(60),
      says: /another machine had claimed the token/,
      mend: /hosts release node1/,
      evidence: [IMAGED.length],
    },
  ],
  'not-armed': [
    {
      what: 'disarmed meanwhile',
      trace: traceOf(...IMAGED, [
        50,
        agent('refused', { code: 'not-armed', message: 'host node1 is not armed' }),
      ]),
      facts: factsAt(60),
      says: /the host is not armed/,
      mend: /hosts arm node1/,
      evidence: [IMAGED.length],
    },
  ],
  'registration-refused': [
    {
      what: 'a token of another server',
      trace: traceOf(...IMAGED, [
        50,
        agent('refused', { code: 'token-unknown', message: 'not issued by this server' }),
      ]),
      facts: factsAt(60),
      says: /refused: not issued by this server/,
      mend: /from this server.*hosts medium node1 --output FILE/,
      evidence: [IMAGED.length],
    },
    {
      what: 'a host that runs elsewhere',
      trace: traceOf(...IMAGED, [50, agent('refused', { code: 'host-alive', message: 'host node1 is up' })]),
      facts: factsAt(60),
      says: /refused: host node1 is up/,
      mend: /tries again by itself; switch off the other machine/,
      evidence: [IMAGED.length],
    },
    {
      what: 'a machine that fits two hosts',
      trace: traceOf(...IMAGED, [50, agent('refused', { code: 'host-ambiguous', message: 'fits several' })]),
      facts: factsAt(60),
      says: /refused: fits several/,
      mend: /rackhand hosts set node1 --mac MAC/,
      evidence: [IMAGED.length],
    },
  ],
  'waits-for-approval': [
    {
      what: 'an unknown machine',
      trace: traceOf(...IMAGED, [50, agent('waits')]),
      facts: factsAt(60),
      says: /waits for a person/,
      mend: /hosts approve/,
      evidence: [IMAGED.length],
    },
  ],
  'kickstart-refused': [
    {
      what: 'by a machine that is not its host',
      trace: traceOf(...KERNELED, [
        60,
        {
          ...{ layer: 'installer', step: 'refused' },
          message: 'kickstart refused, asked for by a machine that is not its host: it shows serial b',
        },
      ]),
      facts: factsAt(61),
      says: /got no kickstart: .*not its host: it shows serial b/,
      mend: /hosts show node1/,
      evidence: [KERNELED.length],
    },
    {
      what: 'by a second machine, which freezes the host',
      trace: traceOf(...KERNELED, [
        60,
        { layer: 'installer', step: 'refused', message: 'kickstart refused, asked for by a second machine' },
      ]),
      facts: factsAt(61, { host: { name: 'node1', state: 'frozen', approved: true, arm: 'always' } }),
      says: /by a second machine/,
      mend: /hosts release node1/,
      evidence: [KERNELED.length],
    },
  ],
  'kickstart-failed': [
    {
      what: 'by its own words first, then those of the installer that gives up',
      trace: traceOf(
        ...KERNELED,
        [60, { layer: 'installer', step: 'kickstart', message: 'fetched its kickstart' }],
        [80, { layer: 'installer', step: 'failed', message: 'the rule fits 3 disks', line: 40 }],
        [81, { layer: 'installer', step: 'log', message: '==> /tmp/rackhand-disks.log' }],
        [90, { layer: 'installer', step: 'failed', message: 'the installer gave up' }],
      ),
      facts: factsAt(91),
      says: /failed at line 40 of the kickstart: the rule fits 3 disks/,
      mend: /ends of the installer’s logs/,
      evidence: [KERNELED.length + 1, KERNELED.length + 3],
    },
    {
      what: 'at a line',
      trace: traceOf(
        ...KERNELED,
        [60, { layer: 'installer', step: 'kickstart', message: 'fetched its kickstart' }],
        [90, { layer: 'installer', step: 'failed', message: 'the disk sda is not there', line: 12 }],
      ),
      facts: factsAt(91),
      says: /failed at line 12 of the kickstart: the disk sda/,
      mend: /template/,
      evidence: [KERNELED.length + 1],
    },
  ],
  'duplicate-uuid': [
    {
      what: 'two machines of one vendor',
      trace: traceOf(
        [0, discover({ uuid: '03000200-0400-0500-0006-000700080009' })],
        [1, script('refused', 'it fits more than one host: node1, node2')],
      ),
      facts: factsAt(5, { sameUuid: ['52:54:00:00:00:02'] }),
      says: /shown by other machines too: 52:54:00:00:00:02/,
      mend: /by MAC, without UUID: rackhand hosts set node1 --mac MAC --uuid '';/,
      evidence: [0],
    },
  ],
} satisfies Record<string, Scene[]>;
