import type { DhcpFact } from '../../../pxe-server/trace/entry.ts';
import {
  agent,
  discover,
  factsAt,
  http,
  IMAGE,
  IMAGED,
  INITRAMFS,
  KERNEL,
  KERNELED,
  LOADED,
  report,
  SCRIPTED,
  START,
  script,
  traceOf,
} from '../trace/steps.ts';
import { machine, type Scene } from './scene.ts';

/** From the script to the registration. */
export const SYSTEM_SCENES = {
  'sent-to-disk': [
    {
      what: 'not armed',
      trace: traceOf(...LOADED, [7, script('local', 'not armed')]),
      facts: factsAt(8),
      says: /sent to its own disk: not armed/,
      // A bar between words would be a pipe where it is typed.
      mend: /rackhand hosts arm node1; for each: rackhand hosts arm node1 always;/,
      evidence: [6],
    },
  ],
  'returns-after-install': [
    {
      what: 'a disk that does not start',
      trace: traceOf(...LOADED, [7, script('local', 'not armed')]),
      facts: factsAt(8, {
        before: [
          { startedAt: START - 200_000, reach: 'script', installed: false, local: true },
          { startedAt: START - 1_200_000, reach: 'network', installed: true, local: false },
        ],
      }),
      says: /comes back to the network instead of starting from its disk \(2 times\)/,
      mend: /boot order/,
      evidence: [0, 6],
    },
    {
      what: 'once',
      trace: traceOf(...LOADED, [7, script('local', 'not armed')]),
      facts: factsAt(8, {
        before: [{ startedAt: START - 1_200_000, reach: 'network', installed: true, local: false }],
      }),
      says: /still asks the network first/,
      mend: /efibootmgr/,
      evidence: [0, 6],
    },
  ],
  'script-refused': [
    {
      what: 'no such image',
      trace: traceOf(...LOADED, [7, script('refused', 'image el9 is not in the catalog')]),
      facts: factsAt(8),
      says: /boot nothing: image el9 is not in the catalog/,
      mend: /rackhand images list; then: rackhand hosts set node1 --image NAME/,
      evidence: [6],
    },
    ...(
      [
        ['no image assigned and no default image configured', /--image NAME, or images\.default/],
        ['it fits more than one host: node1, node2', /rackhand hosts set node1 --mac MAC/],
        ['no kickstart template web.ks.njk', /templates list; then: rackhand hosts set node1 --kickstart/],
        ['several installers, and the host names none', /rackhand hosts set node1 --installer NAME/],
        ['the server is starting', /off and on/],
        ['something else', /rackhand hosts show node1/],
      ] as const
    ).map(([why, mend]) => ({
      what: why,
      trace: traceOf(...LOADED, [7, script('refused', why)]),
      facts: factsAt(8),
      says: /told to boot nothing: /,
      mend,
      evidence: [6],
    })),
    {
      what: 'two machines claimed it',
      trace: traceOf(...LOADED, [7, script('refused', 'two machines claimed this host')]),
      facts: factsAt(8, { host: { name: 'node1', state: 'frozen', approved: true, arm: 'always' } }),
      says: /two machines claimed this host/,
      mend: /rackhand hosts release node1/,
      evidence: [6],
    },
  ],
  'waits-for-turn': [
    {
      what: 'in a storm',
      trace: traceOf(...LOADED, [7, script('wait', 'place 12 of 40, about 3 minutes')]),
      facts: factsAt(60),
      says: /told to wait: place 12 of 40/,
      mend: /queue move node1/,
      evidence: [6],
    },
  ],
  'script-without-kernel': [
    {
      what: 'iPXE stops behind its script',
      trace: traceOf(...SCRIPTED),
      facts: factsAt(120),
      says: /never asked for the kernel/,
      mend: /HTTP/,
      evidence: [SCRIPTED.length - 1],
    },
    {
      what: 'it has its kernel, and stops before the initramfs',
      trace: traceOf(
        ...SCRIPTED,
        [8, http('begun', 'kernel', KERNEL)],
        [9, http('sent', 'kernel', KERNEL, { bytes: 12e6, seconds: 0.2 })],
      ),
      facts: factsAt(120),
      says: /it has its kernel, and never asked for the initramfs/,
      mend: /memory/,
      evidence: [SCRIPTED.length - 1, SCRIPTED.length + 1],
    },
  ],
  'download-stopped': [
    {
      what: 'an image that ended early',
      trace: traceOf(
        ...KERNELED,
        [27, http('begun', 'image', IMAGE)],
        [30, http('broken', 'image', IMAGE, { bytes: 50e6, size: 200e6, seconds: 3 })],
      ),
      facts: factsAt(31),
      says: /rootfs\.squashfs ended after 50\.0 MB of 200\.0 MB/,
      mend: /another loader/,
      evidence: [KERNELED.length + 1],
    },
    {
      what: 'a kernel that stands still',
      trace: traceOf(...SCRIPTED, [8, http('begun', 'kernel', KERNEL)]),
      facts: factsAt(100),
      says: /vmlinuz stands still at its beginning: not one byte for 92 s/,
      mend: /switch it off and on.*hang in large downloads/,
      evidence: [SCRIPTED.length],
    },
    {
      what: 'a kernel that came slowly and then no more, while the machine still looks for addresses',
      trace: traceOf(
        ...SCRIPTED,
        [8, http('begun', 'kernel', KERNEL)],
        [53, http('moving', 'kernel', KERNEL, { bytes: 3e6, size: 12e6, seconds: 45, rate: 66e3 })],
        [110, { layer: 'arp', step: 'asks', address: '192.0.2.101', target: '192.0.2.1' }],
      ),
      facts: factsAt(120),
      says: /vmlinuz stands still at 3\.0 MB of 12\.0 MB: not one byte for 67 s/,
      mend: /the link/,
      evidence: [SCRIPTED.length, SCRIPTED.length + 1],
    },
    {
      what: 'one that was taken up again after it broke, and stands still',
      trace: traceOf(
        ...SCRIPTED,
        [8, http('begun', 'kernel', KERNEL)],
        [9, http('broken', 'kernel', KERNEL, { bytes: 1e6, size: 12e6, seconds: 1 })],
        [10, http('begun', 'kernel', KERNEL)],
      ),
      facts: factsAt(120),
      says: /stands still at its beginning: not one byte for 110 s/,
      mend: /the link/,
      evidence: [SCRIPTED.length + 1, SCRIPTED.length + 2],
    },
  ],
  'download-slow': [
    {
      what: 'a kernel over a card that is slow, for minutes',
      trace: traceOf(
        ...SCRIPTED,
        [8, http('begun', 'kernel', KERNEL)],
        [98, http('moving', 'kernel', KERNEL, { bytes: 6e6, size: 12e6, seconds: 90, rate: 50e3 })],
      ),
      facts: factsAt(108),
      says: /vmlinuz comes slowly, and has not stopped: 50\.0 kB\/s now, 6\.0 MB of 12\.0 MB in 90 s; at that rate the rest takes 110 s more/,
      mend: /^wait for it, or look at the speed and duplex/,
      evidence: [SCRIPTED.length + 1],
    },
    {
      what: 'after a kernel that came slowly too',
      trace: traceOf(
        ...SCRIPTED,
        [8, http('begun', 'kernel', KERNEL)],
        [308, http('sent', 'kernel', KERNEL, { bytes: 30e6, seconds: 300 })],
        [308, http('begun', 'initramfs', INITRAMFS)],
        [323, http('moving', 'initramfs', INITRAMFS, { bytes: 1.5e6, size: 60e6, seconds: 15, rate: 1e5 })],
      ),
      facts: factsAt(330),
      says: /initramfs\.img comes slowly.* the rest takes 10 min more/,
      mend: /rackhand queue list/,
      evidence: [SCRIPTED.length + 3],
    },
  ],
  'link-slow': [
    {
      what: 'a gigabit network and a link of 100 Mbit/s',
      trace: traceOf(
        ...IMAGED.map(([at, fact]): [number, typeof fact] => [
          at,
          fact.layer === 'http' && fact.step === 'sent'
            ? { ...fact, seconds: (fact.bytes ?? 0) / 11.2e6 }
            : fact,
        ]),
      ),
      facts: factsAt(30),
      says: /90 Mbit\/s where 1000 may be had: as over a link of 100 Mbit\/s/,
      mend: /duplex/,
      evidence: [15, IMAGED.length - 1],
    },
  ],
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
