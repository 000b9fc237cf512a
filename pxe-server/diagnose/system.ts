import type { DhcpFact, ReportFact } from '../trace/entry.ts';
import type { Found } from './diagnosis.ts';
import { numbers, type Seen, type View, whoOf } from './view.ts';

/** Seconds in which an initramfs asks for its address; emulated machines need most of it. */
const INITRAMFS = 90;
/** Seconds from the whole image to the agent's first word. */
const AGENT = 240;

export function memoryShort(view: View): Found | undefined {
  const [told] = reports(view, 'memory-short');
  const { machine, image } = view.facts;
  if (told)
    return {
      effect: 'stops',
      certainty: 'certain',
      what: `the image is too large for the machine’s memory: ${told.fact.message}`,
      mend: `give the machine more memory, or assign a smaller image: rackhand hosts set ${whoOf(view.facts)} --image NAME`,
      evidence: numbers(told),
    };
  if (!machine || !image || machine.memory >= image.ramRequired) return undefined;
  if (!view.isBeyond('script') || view.isBeyond('image') || view.quiet < INITRAMFS) return undefined;
  return {
    effect: 'stops',
    certainty: 'likely',
    what: `image ${image.name} needs ${image.ramRequired} MiB of memory, the machine has ${machine.memory} MiB`,
    mend: `give the machine more memory, or assign a smaller image: rackhand hosts set ${whoOf(view.facts)} --image NAME`,
    evidence: numbers(view.sent('kernel', 'initramfs').at(-1)),
  };
}

export function initramfsWithoutAddress(view: View): Found | undefined {
  const loaded = view.sent('initramfs').at(-1);
  if (!loaded || view.isBeyond('kernel')) return undefined;
  const later = view.machineAfter(loaded.i);
  const ofSystem = later.filter(
    ({ fact }) => !(fact.layer === 'dhcp' && fact.client !== 'system') && fact.layer !== 'arp',
  );
  if (ofSystem.length > 0) return undefined;
  if (!view.endsAfter(loaded.i, INITRAMFS)) return undefined;
  // Its first question says it in words; all that follow it have it too.
  const told = view.dhcp.find(({ fact }) => fact.card !== undefined);
  const cards = cardsOf(view, told);
  const named = cards.map(({ pci, driver }) => (driver ? `PCI ${pci}, ${driver}` : `PCI ${pci}`));
  const which = cards.length > 0 ? ` (${named.join('; ')})` : '';
  const ids = cards.length > 0 ? [...new Set(cards.map(({ pci }) => pci))].join(' ') : 'ID';
  const fit = `rackhand images fit ${view.facts.image?.id ?? 'IMAGE'} --pci ${ids}`;
  return {
    effect: 'stops',
    certainty: 'likely',
    what: `the kernel was loaded, and its initramfs never asked for an address: the image lacks the driver of its network card${which}, or the kernel does not start`,
    mend:
      cards.length > 0
        ? `${fit} says whether the image has the driver, and which rule took it; if so, keep it by keep-module in the recipe, and build anew; if not, look at the screen whether the kernel starts`
        : `look at the screen; find the card’s PCI id (lspci -nn on another system); ${fit} says whether the image has its driver`,
    evidence: numbers(told, loaded),
  };
}

/** The card that this boot told of; else those of the inventory that an earlier boot sent. */
function cardsOf({ facts }: View, told: Seen<DhcpFact> | undefined): { pci: string; driver?: string }[] {
  const known = (facts.machine?.nics ?? []).filter(({ pci }) => pci !== '');
  const pci = told?.fact.card;
  return pci === undefined ? known : [known.find((nic) => nic.pci === pci) ?? { pci }];
}

export function imageWrong(view: View): Found | undefined {
  const told = reports(view, 'image-wrong');
  const last = told.at(-1);
  if (!last || view.arrived) return undefined;
  return {
    effect: 'stops',
    certainty: 'certain',
    what: `the root that it loaded is not the image that was meant: ${last.fact.message}`,
    mend: `see whether it is whole here: rackhand images verify ${view.facts.image?.id ?? 'IMAGE'}; if it is, a proxy or cache between holds an old file`,
    evidence: numbers(...told.slice(-2)),
  };
}

export function imageUnreachable(view: View): Found | undefined {
  const told = [...reports(view, 'image-unreachable'), ...reports(view, 'image-truncated')];
  const last = told.toSorted((a, b) => a.i - b.i).at(-1);
  if (!last || view.arrived || view.sent('image').some(({ i }) => i > last.i)) return undefined;
  return {
    effect: 'stops',
    certainty: 'certain',
    what: `its initramfs cannot load the image: ${last.fact.message}`,
    mend: 'see that this server’s HTTP port answers from that network (firewall, route, link), and that the catalog’s disk can be read',
    evidence: numbers(...told.slice(-2)),
  };
}

export function agentSilent(view: View): Found | undefined {
  const image = view.sent('image').at(-1);
  if (!image || view.isBeyond('image') || !view.endsAfter(image.i, AGENT)) return undefined;
  return {
    effect: 'stops',
    certainty: 'likely',
    what: 'the whole image was loaded, and its agent never called',
    mend: `look at its console, whose screen says what its agent waits for; let TCP ${view.facts.httpsPort} of this server through, which the agent calls`,
    evidence: numbers(image),
  };
}

function reports(view: View, code: string): Seen<ReportFact>[] {
  return view.of('report').filter(({ fact }) => fact.code === code);
}
