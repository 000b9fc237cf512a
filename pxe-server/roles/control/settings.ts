import type { ServedSubnet } from '../../api/lease-views.ts';
import type { NotGiven } from '../../boot/offer.ts';
import type { Retention } from '../../store/retention.ts';
import type { ReplicaInstaller } from '../messages.ts';

export interface ControlSettings {
  version: string;
  state: string;
  catalog: string;
  defaultImage: string | null;
  unknown: 'inventory' | 'ignore';
  /** Texts by name: those that come with the program, and those of the configuration's folder. */
  templates: { shipped: Record<string, string>; folder: Record<string, string> };
  /** For root of installed hosts. */
  sshKeys: string[];
  installers: ReplicaInstaller[];
  secureBoot: boolean;
  signedLoaders: boolean;
  /** Networks of the provisioning interfaces: "192.0.2.0/24". */
  subnets: string[];
  /** Those in which addresses are given. */
  served: ServedSubnet[];
  notGiven: NotGiven[];
  prefixes: string[];
  retention: Retention & { pendingHosts: number };
  heartbeatSeconds: number;
  tokenMinutes: number;
  hostsFile: string | null;
  /** Our addresses on the provisioning interfaces, in the order of the https-N sockets. */
  addresses: string[];
  httpsPort: number;
  httpPort: number;
}
