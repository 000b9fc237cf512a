import { createServer } from 'node:net';

/** Opens a TCP port in the network namespace that it is started in and hands it to its parent. */
const [address, port] = process.argv.slice(2) as [string, string];
const server = createServer().listen(Number(port), address, () => process.send?.('listening', server));
