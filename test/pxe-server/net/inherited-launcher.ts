import { join } from 'node:path';
import { startDaemon } from '../../../builder/shared/process/daemon.ts';
import { openTcpListener, openUdp } from '../../../pxe-server/net/sockets.ts';

/** Opens low, device-bound ports and hands them to a role without privileges. */
const [device, address] = process.argv.slice(2) as [string, string];
const descriptors = [
  openUdp({ device, address: '0.0.0.0', port: 67, broadcast: true }),
  openTcpListener({ device, address, port: 80 }),
];
const role = startDaemon([process.execPath, join(import.meta.dirname, 'inherited-role.ts')], { descriptors });
process.on('SIGTERM', () => void role.stop(500).then(() => process.exit(0)));
await role.exited;
