import { createSocket } from 'node:dgram';
import { Download } from '../bench/tftp/download.ts';

export interface TftpWanted {
  server: string;
  /** The machine's own address. */
  local: string;
  file: string;
  /** Every byte is compared with these. */
  expected: Buffer;
}

/** As UEFI's TFTP has them: bytes, blocks, milliseconds of silence, and how often it says the same again. */
const BLOCK = 1468;
const WINDOW = 4;
const SILENCE = 3000;
const REPEATS = 5;

/** A file by TFTP, with UEFI's patience. @param repeated called at each silence @throws Error when it gives up */
export async function fetchByTftp(
  { server, local, file, expected }: TftpWanted,
  repeated: () => void,
): Promise<void> {
  const download = new Download({ file, blockSize: BLOCK, windowSize: WINDOW }, expected);
  const socket = createSocket('udp4');
  let transfer = 69;
  let repeats = 0;
  let timer: NodeJS.Timeout | undefined;
  const say = () =>
    socket.send(download.said.subarray(0, download.length), transfer, server, () => undefined);
  try {
    await new Promise<void>((bound, failed) => socket.once('error', failed).bind(0, local, bound));
    await new Promise<void>((resolve, reject) => {
      const patient = () => {
        clearTimeout(timer);
        timer = setTimeout(() => {
          if (repeats === REPEATS) return reject(new Error(`silence while ${file} was fetched`));
          repeats += 1;
          repeated();
          say();
          patient();
        }, SILENCE);
      };
      socket.on('error', () => undefined);
      socket.on('message', (bytes, { port }) => {
        if (transfer !== 69 && port !== transfer) return;
        transfer = port;
        const reaction = download.take(bytes, bytes.length);
        if (reaction === 'failed') return reject(new Error(`${file}: ${download.why}`));
        if (reaction === 'nothing') return;
        repeats = 0;
        say();
        if (reaction === 'done') resolve();
        else patient();
      });
      say();
      patient();
    });
  } finally {
    clearTimeout(timer);
    socket.close();
  }
}
