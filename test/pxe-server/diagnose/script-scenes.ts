import {
  factsAt,
  http,
  IMAGE,
  IMAGED,
  INITRAMFS,
  KERNEL,
  KERNELED,
  LOADED,
  SCRIPTED,
  START,
  script,
  traceOf,
} from '../trace/steps.ts';
import type { Scene } from './scene.ts';

/** From the script to the downloads. */
export const SCRIPT_SCENES = {
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
} satisfies Record<string, Scene[]>;
