import type { AdmissionSettings } from '../../admission/wish.ts';
import type { OwnLoaders } from '../../boot/loaders.ts';
import type { ServiceTls } from '../../enrol/service-tls.ts';

export interface BootSettings {
  httpPort: number;
  httpsPort: number;
  /** HTTP boot over TLS; without a certificate of the site's own with one of the service's CA. */
  httpsBoot: { port: number; tls: ServiceTls | null } | null;
  /** nginx stands before the http-N sockets, and sends from this catalog. */
  nginx: { catalog: string } | null;
  tokenMinutes: number;
  /** Of the syslog-N and syslog-tcp-N sockets, for installers; null: none. */
  syslogPort: number | null;
  /** In the order of the http-N, tls-N, tftp-N and syslog-N sockets. */
  addresses: string[];
  /** Interfaces that machines load over, and what their lines carry. */
  devices: string[];
  admission: AdmissionSettings;
  loaders: OwnLoaders;
  sshKeys: string[];
}
