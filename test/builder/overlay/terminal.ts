import { join } from 'node:path';
import { type Daemon, startDaemon } from '../../../builder/shared/process/daemon.ts';
import type { Link } from '../../pxe-server/net/namespaces.ts';
import type { Machine } from './machine.ts';
import { environment, until } from './running.ts';
import { PROGRAMS, quoted, SHELLS } from './shell.ts';

/** The console's dialogue on a pseudo terminal (script(1) makes it), and a person before it. */
export class Terminal {
  readonly #daemon: Daemon;
  #unread = '';

  constructor(link: Link, machine: Machine, shell: string[] = SHELLS[0]![1]) {
    const console = [...shell, join(PROGRAMS, 'console'), 'ttyS0'].map(quoted).join(' ');
    const argv = ['ip', 'netns', 'exec', link.client.name, 'script', '-qfc', console, '/dev/null'];
    const env = { ...environment(machine), TERM: 'vt220', SHELL: '/bin/sh' };
    this.#daemon = startDaemon(argv, { env, stdio: ['pipe', 'pipe', 'ignore'] });
    this.#daemon.child.stdout!.on('data', (chunk: Buffer) => {
      this.#unread += chunk.toString('latin1');
    });
  }

  /** Reads until the text was shown; returns what came before it. */
  async shows(text: string): Promise<string> {
    const end = await until(`on the terminal: ${text}`, () => {
      const at = this.#unread.indexOf(text);
      return at < 0 ? undefined : at + text.length;
    }).catch((error: Error) => {
      throw new Error(`${error.message}; last shown: ${JSON.stringify(this.#unread.slice(-300))}`);
    });
    const read = this.#unread.slice(0, end);
    this.#unread = this.#unread.slice(end);
    return read;
  }

  type(line: string): void {
    this.press(`${line}\r`);
  }

  press(keys: string): void {
    this.#daemon.child.stdin!.write(keys);
  }

  /** The answer to a question that is on the screen or will be. */
  async answer(question: string, line: string): Promise<void> {
    await this.shows(question);
    this.type(line);
  }

  close(): Promise<void> {
    return this.#daemon.stop();
  }
}
