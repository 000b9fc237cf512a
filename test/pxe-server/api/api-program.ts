import { listenAll } from '../../../pxe-server/http/listen.ts';
import { openTcpListener } from '../../../pxe-server/net/sockets.ts';
import { openApi } from './fixture.ts';

/** `api-program.ts PORT`: the API and the page as control has them, in memory. Prints "ready". */
const port = Number(process.argv[2]);
const { app, internal } = await openApi(Date.now);
await listenAll(app, [openTcpListener({ address: '127.0.0.1', port })]);
process.on('SIGTERM', () => process.exit(internal.length));
process.stdout.write('ready\n');
