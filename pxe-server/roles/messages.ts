import type { Paper } from '../../builder/catalog/catalog.ts';
import type { Architecture } from '../../builder/contract/architecture.ts';
import type { Artifact } from '../../builder/contract/manifest.ts';
import type { QueueQuestion, QueueView } from '../admission/view.ts';
import type { PlanQuestion } from '../boot/plans.ts';
import type { Imported, LeasePage, LeaseQuestion, Released } from '../dhcp/leases/questions.ts';
import type { KnownDisk } from '../hosts/install/choose.ts';
import type { InstallSettings } from '../hosts/install/settings.ts';
import type { Arming, HostState } from '../hosts/model.ts';
import type { Roster } from '../hosts/roster.ts';
import type { PlanView } from '../kickstart/plan/view.ts';
import type { Release } from '../kickstart/releases.ts';
import type { Delivered } from '../templates/deliveries.ts';
import type { LiveTemplates } from '../templates/names.ts';
import type { Step } from '../trace/entry.ts';

/** Everything the roles say to each other; JSON over the launcher, which only forwards. */
export type RoleName = 'keyholder' | 'control' | 'dhcp' | 'boot';

/** What the deciding roles know of a host: enough to decide, nothing secret. */
export interface ReplicaHost {
  id: string;
  name: string;
  macs: string[];
  uuid?: string | undefined;
  serial?: string | undefined;
  /** MACs that only the host's own inventory names. */
  inventoryMacs: string[];
  state: HostState;
  approved: boolean;
  arm: Arming;
  image?: string | undefined;
  kickstart?: string | undefined;
  installer?: string | undefined;
  secureBoot?: boolean | undefined;
  address?: string | undefined;
  address6?: string | undefined;
  rack?: string | undefined;
  kernelArguments: string[];
  /** What its kickstart says, hashes of passwords among it: given on to its installer alone. */
  install?: InstallSettings | undefined;
  /** Of its inventory, for those with a kickstart: what it is installed on. */
  hardware?: KnownHardware | undefined;
}

export interface KnownHardware {
  firmware: 'bios' | 'uefi';
  /** Sizes in bytes. */
  disks: KnownDisk[];
}

export interface ReplicaImage {
  id: string;
  name: string;
  builtAt?: string | undefined;
  tags: string[];
  folder: string;
  artifacts: Artifact[];
  /** What an image is verified by: manifest, signature, provenance, evidence. */
  papers: Paper[];
  kernelArguments: string[];
  /** MiB that a boot from the network needs. */
  ramRequired: number;
  /** Machines that it is for. */
  arch: Architecture;
}

/** A file that machines fetch: where it is here, and what it was when it was checked. */
export interface ServedFile {
  path: string;
  /** Bytes. */
  size: number;
  sha256: string;
}

/** An operating system's installer, which a kickstart tells what to do. */
export interface ReplicaInstaller {
  name: string;
  kernel: ServedFile;
  initramfs: ServedFile;
  kernelArguments: string[];
  /** Of the system whose installer it is; without it a kickstart has to be right for one of them. */
  release?: Release | undefined;
}

/** What there is to decide by. */
export interface Replica {
  hosts: Roster<ReplicaHost>;
  images: ReplicaImage[];
  installers: ReplicaInstaller[];
  /** Names of the kickstart templates. */
  kickstarts: string[];
  /** UEFI machines whose host does not say otherwise start signed loaders only. */
  secureBoot: boolean;
  defaultImage: string | null;
  unknown: 'inventory' | 'ignore';
  /** SHA-256 of the CA that the agent pins. */
  caFingerprint: string;
}

/** The same as it is told. */
export type ToldReplica = Omit<Replica, 'hosts'> & { hosts: ReplicaHost[] };

/** What became of hosts since the replica, or the changes before these, were told. */
export interface HostChanges {
  changed: ReplicaHost[];
  /** Their ids. */
  removed: string[];
}

/** All there is to decide by, or what of it has changed. */
export type ReplicaWord = { type: 'replica'; replica: ToldReplica } | { type: 'hosts'; hosts: HostChanges };

/** A token that the boot role minted; only its hash leaves that role. */
export interface MintedToken {
  hash: string;
  /** `install` reports an installation, `installed` registers what was installed. */
  purpose: 'register' | 'inventory' | 'kickstart' | 'install' | 'installed';
  hostId: string | null;
  mac: string | null;
  expiresAt: string;
}

export interface BootTrace {
  kind:
    | 'dhcp'
    | 'lease'
    | 'tftp'
    | 'script'
    /** It was told to wait for its turn. */
    | 'waiting'
    | 'download'
    | 'kickstart'
    /** The same machine has loaded it once more. */
    | 'kickstart-again'
    /** Why a kickstart was refused. */
    | 'unknown-token'
    | 'late-use'
    | 'second-use'
    | 'wrong-host'
    | 'local'
    | 'refused'
    | 'malformed'
    /** Somebody uses an address of a pool; another DHCP server is on a network of ours. */
    | 'conflict'
    | 'foreign-server'
    | 'warning';
  hostId: string | null;
  mac: string | null;
  address: string | null;
  message: string;
  /** Id of the image that a script leads to. */
  image?: string | undefined;
}

export type ToDecider =
  | ReplicaWord
  /** What kickstarts are made from, from now on. */
  | { type: 'templates'; templates: LiveTemplates }
  /** Hashes of tokens that belong to a key from now on: no machine gets them again. */
  | { type: 'claimed'; hashes: string[] }
  /** The installer of a host has begun: nobody gets its kickstart again. */
  | { type: 'install-began'; hostId: string };
export type ToControl =
  | { type: 'replica-wanted' }
  | { type: 'minted'; token: MintedToken }
  | { type: 'trace'; trace: BootTrace }
  /** A host got its kickstart; secrets are masked in it. */
  | { type: 'delivered'; delivered: Omit<Delivered, 'time'> }
  /** What was seen of machines that boot, and how much more there was than can be told. */
  | { type: 'steps'; steps: Step[]; left: number }
  | { type: 'probe-step'; hostId: string; step: string; ok: boolean; milliseconds: number; detail: string };

/** What the manager's proof of a host came to, in one line for people. */
export interface ProbeOutcome {
  ok: boolean;
  message: string;
}

/** Requests to control and their answers, by name. */
export interface ControlCalls {
  /** What a boot role needs before it answers a machine; `kickstarts`: tokens that are good still. */
  bootStarts: {
    request: Record<string, never>;
    reply: { replica: ToldReplica; kickstarts: Omit<MintedToken, 'purpose'>[]; templates: LiveTemplates };
  };
}

/** Requests to the DHCP role and their answers, by name. */
export interface DhcpCalls {
  leases: { request: LeaseQuestion; reply: LeasePage | Released | Imported };
}

/** Requests to the boot role and their answers, by name. */
export interface BootCalls {
  queue: { request: QueueQuestion; reply: QueueView };
  plan: { request: PlanQuestion; reply: PlanView };
}

/** Requests to the key holder and their answers, by name. */
export interface KeyHolderCalls {
  identity: {
    request: Record<string, never>;
    reply: { serviceCa: string; fingerprint: string; clientCa: string; managerDn: string };
  };
  issueService: { request: { csr: string; dns: string[]; ip: string[] }; reply: { certificate: string } };
  signHost: {
    request: { csr: string; hostName: string; addresses: string[] };
    reply: { certificate: string; notAfter: string; publicKeySha256: string };
  };
  probe: { request: { hostId: string; name: string; address: string; nonce: string }; reply: ProbeOutcome };
}
