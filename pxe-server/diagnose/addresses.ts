import { architectureText } from '../dhcp/classify.ts';
import type { DhcpFact } from '../trace/entry.ts';
import type { Found } from './diagnosis.ts';
import { numbers, type Seen, type View, whoOf } from './view.ts';

/** Seconds in which firmware goes on after an answer, if it does. */
const PATIENCE = 20;

/** Its first question said that it had been asking for at least so many seconds. */
const LATE = 6;
/** Options whose absence makes firmware or systems drop an offer, by what people call them. */
const NEEDED: ReadonlyMap<number, string> = new Map([
  [1, 'subnet mask (option 1)'],
  [43, 'PXE vendor options (option 43)'],
  [51, 'lease time (option 51)'],
  [54, 'server identifier (option 54)'],
  [60, 'vendor class (option 60)'],
  [66, 'TFTP server name (option 66)'],
  [67, 'boot file name (option 67)'],
  [97, 'machine identifier (option 97)'],
]);
/** IANA's numbers of those that a loader is here for. */
const BOOTABLE = new Set([0, 7, 9, 16]);

export function foreignServer(view: View): Found | undefined {
  const { ours, proxy } = view.facts;
  const answers = view.dhcp.filter(({ fact }) => fact.by === 'other' && (!proxy || fact.bootFile));
  const choices = view.dhcp.filter(
    ({ fact }) =>
      !proxy &&
      fact.by === 'machine' &&
      fact.type === 'request' &&
      fact.server &&
      !ours.includes(fact.server),
  );
  const shown = answers.at(-1) ?? choices.at(-1);
  if (!shown) return undefined;
  const { server, address, bootFile, nextServer } = shown.fact;
  // A switch shows nobody else what it answers to the machine alone; to our own question it answered us.
  const mac = shown.fact.mac ?? view.facts.foreign.get(server ?? '');
  const who = [server, mac].filter(Boolean).join(', ') || 'unknown';
  const gave = [
    ...(answers.length > 0 && address ? [`offered ${address}`] : []),
    ...(answers.length > 0 && bootFile
      ? [`named boot file ${bootFile}${nextServer ? ` from ${nextServer}` : ''}`]
      : []),
  ].join(' and ');
  const took = choices.length > 0 ? '; the machine took its offer' : '';
  return {
    effect: isOvercome(view, choices.at(-1)) ? 'notes' : 'stops',
    certainty: choices.length > 0 ? 'certain' : 'likely',
    what: `another DHCP server answered (${who})${gave ? `: it ${gave}` : ''}${took}`,
    mend: 'switch it off, or keep it out of this network: DHCP snooping on the switch; the switch knows at which port its MAC is',
    evidence: numbers(...answers.slice(-4), ...choices.slice(-2)),
  };
}

/** It took our answer behind that step, and went on with it: what ended the boot is something else. */
function isOvercome(view: View, step: Seen | undefined): boolean {
  const took = view.dhcp.some(
    ({ i, fact }) => i > (step?.i ?? -1) && fact.by === 'us' && fact.type === 'ack',
  );
  // Beside a server that gives the addresses our boot file may have no answer of its own.
  return view.arrived || (view.isBeyond('leased') && (took || view.facts.proxy));
}

export function offerIgnored(view: View): Found | undefined {
  const offers = view.dhcp.filter(
    ({ fact }) => fact.by === 'us' && fact.type === 'offer' && fact.address !== undefined,
  );
  const offer = offers.at(-1);
  if (!offer) return undefined;
  const behind = view.dhcp.filter(({ i }) => i > offers[0]!.i);
  if (behind.some(({ fact }) => fact.type === 'request' || fact.type === 'ack')) return undefined;
  const again = behind.filter(({ fact }) => fact.by === 'machine' && fact.type === 'discover');
  if (again.length === 0 && view.quiet < PATIENCE) return undefined;
  const asked = view.dhcp
    .filter(({ fact }) => fact.by === 'machine' && fact.type === 'discover' && fact.xid === offer.fact.xid)
    .at(-1);
  const lacking = lacks(offer.fact, asked?.fact);
  const times = offers.length === 1 ? 'the offer was' : `${offers.length} offers were`;
  return {
    effect: 'stops',
    certainty: lacking.length > 0 ? 'likely' : 'possible',
    what:
      lacking.length > 0
        ? `${times} ignored; it lacked what the firmware asked for: ${lacking.join(', ')}`
        : `${times} ignored, though nothing was missing in it: it may not have reached the machine`,
    mend:
      lacking.length > 0
        ? mendOfLack(view, offer.fact)
        : 'capture at the machine’s port: look for filters of UDP 68, another VLAN, a port that starts to forward late, a relay that drops answers',
    evidence: numbers(asked, ...offers.slice(-3), ...again.slice(-2)),
  };
}

function lacks(offer: DhcpFact, asked: DhcpFact | undefined): string[] {
  const given = new Set(offer.options ?? []);
  const boots = asked !== undefined && asked.client !== 'system';
  const file = boots && !offer.bootFile ? ['a boot file'] : [];
  const wanted = (asked?.options ?? []).filter((code) => NEEDED.has(code) && !given.has(code));
  const named = wanted.filter(
    (code) => !(code === 67 && offer.bootFile) && !(code === 66 && offer.nextServer),
  );
  // Without a boot file all that belongs to it is missing too.
  return file.length > 0 ? file : named.map((code) => NEEDED.get(code)!);
}

function mendOfLack({ facts }: View, { bootFile, why }: DhcpFact): string {
  const name = whoOf(facts);
  if (!bootFile && why)
    return `no boot file was named: ${why}; what it is to boot says its declaration: rackhand hosts show ${name}`;
  if (!bootFile)
    return `machines that nobody declared get none (unknown: ignore): rackhand hosts set ${name} --mac MAC with the MAC that it shows, or unknown: inventory in the configuration`;
  return 'set the option for its subnet (options in the configuration), or update the firmware; a quirk for this firmware may be needed';
}

export function proxyNotAsked(view: View): Found | undefined {
  const { proxy } = view.facts;
  const offers = view.dhcp.filter(
    ({ fact }) =>
      fact.by === 'us' &&
      fact.type === 'offer' &&
      fact.address === undefined &&
      fact.bootFile &&
      fact.port === 67,
  );
  const offer = offers.at(-1);
  if (!proxy || !offer || view.isBeyond('offered') || view.dhcp.some(({ fact }) => fact.port === 4011))
    return undefined;
  if (view.quiet < PATIENCE && offers.length < 3) return undefined;
  return {
    effect: 'stops',
    certainty: 'likely',
    what: 'the boot file was offered beside the other server’s address, and the machine never asked for it on port 4011',
    mend: 'this firmware does not join two offers: let the server that gives addresses name the boot file too (options 66 and 67), or let Rackhand give the addresses',
    evidence: numbers(...offers.slice(-2)),
  };
}

export function noAddress(view: View): Found | undefined {
  const refused = view.dhcp.filter(({ fact }) => fact.by === 'us' && fact.type === 'no-answer');
  const last = refused.at(-1);
  if (!last || view.isBeyond('asked')) return undefined;
  return {
    effect: 'stops',
    certainty: 'certain',
    what: `no address was given: ${last.fact.why ?? 'unknown why'}`,
    mend: mendOfRefusal(last.fact.why ?? ''),
    evidence: numbers(...refused.slice(-3)),
  };
}

/** By what the DHCP server said. */
function mendOfRefusal(why: string): string {
  const setting = /\((addressesPerPort|newLeasesPerPort|newLeasesPerPrefix)\)/.exec(why)?.[1];
  if (setting !== undefined)
    return `declare the machine, which frees it of this limit: rackhand hosts add NAME --mac MAC; or raise ${setting} of its subnet`;
  const reserved = /its reserved address (\S+)/.exec(why)?.[1];
  if (reserved !== undefined)
    return `see who has it: rackhand leases list ${reserved}; switch that machine off, then: rackhand leases release ${reserved}`;
  return 'see who has the addresses: rackhand leases list; take back some: rackhand leases release ADDRESS; or widen the ranges of the subnet, or shorten its leaseSeconds';
}

export function addressRefused(view: View): Found | undefined {
  const naks = view.dhcp.filter(({ fact }) => fact.by === 'us' && fact.type === 'nak');
  const last = naks.at(-1);
  if (!last || naks.length < 2 || view.dhcp.some(({ i, fact }) => i > last.i && fact.type === 'ack'))
    return undefined;
  return {
    effect: 'stops',
    certainty: 'certain',
    what: `the address that it asks for is refused again and again: ${last.fact.why ?? 'it is not its own'}`,
    mend: 'switch the machine off and on, so that it forgets the address; look for a static address in its firmware',
    evidence: numbers(...naks.slice(-3)),
  };
}

export function addressInUse(view: View): Found | undefined {
  const declines = view.dhcp.filter(({ fact }) => fact.by === 'machine' && fact.type === 'decline');
  const notes = view.of('note').filter(({ fact }) => fact.kind === 'conflict');
  const last = declines.at(-1);
  if (!last && notes.length === 0) return undefined;
  return {
    effect: isOvercome(view, last ?? notes.at(-1)) ? 'notes' : 'stops',
    certainty: last ? 'certain' : 'likely',
    what: last
      ? `another machine answers at ${last.fact.address ?? 'the address that it was given'}`
      : notes.at(-1)!.fact.message,
    mend: `find the machine that took the address by hand, in the ARP table of the router or the switch; who has which address here: rackhand leases list${last?.fact.address ? ` ${last.fact.address}` : ''}`,
    evidence: numbers(...declines.slice(-2), ...notes.slice(-2)),
  };
}

export function linkLate(view: View): Found | undefined {
  const late = (['firmware', 'ipxe', 'system'] as const).flatMap((client) => {
    const first = view.dhcp.find(
      ({ fact }) => fact.by === 'machine' && fact.type === 'discover' && fact.client === client,
    );
    // Some firmware counts in 256ths by mistake; nobody waits for ten minutes.
    return first && (first.fact.secs ?? 0) >= LATE && first.fact.secs! <= 600 ? [first] : [];
  });
  const [first] = late;
  if (!first) return undefined;
  const seconds = Math.max(...late.map(({ fact }) => fact.secs ?? 0));
  const stuck = !view.isBeyond('asked');
  return {
    effect: stuck ? 'stops' : 'slows',
    certainty: 'likely',
    what: `the first question that arrived says that it had been asking for ${seconds} s: its link carried nothing before`,
    mend: 'make the switch port an edge port (spanning-tree portfast); with LACP switch on its fallback (lacp fallback, or no lacp suspend-individual) for ports that boot',
    evidence: numbers(...late),
  };
}

export function wrongArchitecture(view: View): Found | undefined {
  const asked = view.dhcp.filter(
    ({ fact }) =>
      fact.by === 'machine' &&
      fact.client === 'firmware' &&
      fact.architecture !== undefined &&
      !BOOTABLE.has(fact.architecture),
  );
  const last = asked.at(-1);
  if (!last || view.isBeyond('leased')) return undefined;
  return {
    effect: 'stops',
    certainty: 'certain',
    what: `the machine asks as ${architectureText(last.fact.architecture!)}, and no image or loader here is for that`,
    mend: 'give it an image that is for it: x86-64 with BIOS or UEFI, or 64-bit ARM with UEFI; set firmware of 32 bits to 64 bits',
    evidence: numbers(...asked.slice(-2)),
  };
}

/** What was acknowledged last, with its boot file. */
export function lastBootAck(view: View): Seen<DhcpFact> | undefined {
  return view.dhcp.findLast(
    ({ fact }) => fact.by === 'us' && fact.type === 'ack' && fact.client !== 'system' && fact.bootFile,
  );
}

export function nothingAfterAck(view: View): Found | undefined {
  const ack = lastBootAck(view);
  if (!ack) return undefined;
  const first = view.dhcp.find(
    ({ fact }) =>
      fact.by === 'us' &&
      fact.type === 'ack' &&
      fact.client === ack.fact.client &&
      fact.bootFile === ack.fact.bootFile,
  )!;
  if (view.files.some(({ i }) => i > first.i) || view.isBeyond('script')) return undefined;
  if (!view.endsAfter(ack.i, PATIENCE)) return undefined;
  const { bootFile = '', nextServer } = ack.fact;
  const http = bootFile.includes('://');
  const server = http ? (/\/\/([^/:]+)/.exec(bootFile)?.[1] ?? '') : (nextServer ?? '');
  const looked = view.of('arp').filter(({ i, fact }) => i > first.i && fact.step === 'asks');
  const forIt = looked.filter(({ fact }) => fact.target === server);
  const port = http ? 'TCP of the HTTP port' : 'UDP 69 and the ports of transfers';
  const what = `no ${http ? 'HTTP' : 'TFTP'} request came after the address was given (file ${bootFile}, server ${server})`;
  const evidence = numbers(ack, ...looked.slice(-2));
  if (forIt.length > 0)
    return {
      effect: 'stops',
      certainty: 'likely',
      what: `${what}, though the machine looked for the server: its request did not arrive`,
      mend: `look for a firewall on this server and between: ${port}`,
      evidence,
    };
  return {
    effect: 'stops',
    certainty: 'likely',
    what:
      looked.length > 0
        ? `${what}; it looked for ${looked.at(-1)!.fact.target} instead`
        : `${what}, nor did it look for that server`,
    mend:
      looked.length > 0
        ? 'the machine takes another address for the boot server: look for a second DHCP server, and at the router of the subnet'
        : `the firmware does not take the file name or the server: look at its screen; with a relay or router between, let ${port} through`,
    evidence,
  };
}
