import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { run } from '../../../builder/shared/process/run.ts';

const alive = (pid: string) => {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
};

describe('run', () => {
  it('gives output and exit code', async () => {
    const result = await run(['sh', '-c', 'cat; echo err >&2; exit 3'], { input: 'in', okCodes: [3] });
    expect(result).toEqual({ code: 3, stdout: 'in', stderr: 'err\n' });
  });
  it('gives a stream to the program', async () => {
    const input = (async function* () {
      for (const text of ['a', 'b', 'c']) yield Buffer.from(text.repeat(100_000));
    })();
    const { stdout } = await run(['sha256sum'], { input });
    expect(stdout).toBe(
      (await run(['sha256sum'], { input: 'abc'.replace(/./g, '$&'.repeat(100_000)) })).stdout,
    );
  });
  it('ends the program when the stream fails, and says why', async () => {
    const started = Date.now();
    const input = (async function* () {
      yield Buffer.from('a');
      throw new RangeError('why');
    })();
    await expect(run(['sh', '-c', 'cat; sleep 60'], { input })).rejects.toThrow(new RangeError('why'));
    expect(Date.now() - started).toBeLessThan(5000);
  });
  it('a program may leave a stream half read', async () => {
    const input = (async function* () {
      for (;;) yield Buffer.alloc(1 << 16);
    })();
    expect((await run(['head', '-c', '3'], { input })).stdout).toBe('\0\0\0');
  });
  it('shows the command and its last output when it fails', async () => {
    await expect(run(['sh', '-c', 'echo why; exit 1'])).rejects.toMatchObject({
      code: 'command-failed',
      message: expect.stringMatching(/exit code 1: sh -c.*\nwhy/),
    });
  });
  it('shows and tells of a last line without a newline', async () => {
    const told: string[] = [];
    const onLine = (line: string) => void told.push(line);
    const program = 'printf "one\\ntwo"; printf "no space" >&2; exit 1';
    await expect(run(['sh', '-c', program], { onLine })).rejects.toMatchObject({
      message: expect.stringMatching(/two[\s\S]*no space|no space[\s\S]*two/),
    });
    expect(told.sort()).toEqual(['no space', 'one', 'two']);
  });
  it('names a tool that is missing', async () => {
    await expect(run(['no-such-tool'], { need: 'apt install it' })).rejects.toMatchObject({
      code: 'tool-missing',
      mend: 'apt install it',
    });
  });
  it('does not wait for a grandchild that holds the output, and ends it on timeout', async () => {
    const started = Date.now();
    let grandchild = '';
    const onLine = (line: string) => {
      grandchild = line;
    };
    await expect(
      run(['sh', '-c', 'sleep 60 & echo $!; wait'], { timeout: 200, onLine }),
    ).rejects.toMatchObject({
      code: 'command-timeout',
    });
    expect(Date.now() - started).toBeLessThan(5000);
    await vi.waitFor(() => expect(alive(grandchild)).toBe(false));
  });
  it('leaves no program behind when its own process is killed', async () => {
    const module = new URL('../../../builder/shared/process/run.ts', import.meta.url);
    const caller = `
      const { run } = await import(${JSON.stringify(module.href)});
      await run(['sh', '-c', 'echo $$; exec sleep 60'], { onLine: (line) => console.log(line) });`;
    const started = spawn(process.execPath, ['--input-type=module', '-e', caller]);
    const pid = await new Promise<string>((resolve) =>
      started.stdout.once('data', (text) => resolve(`${text}`.trim())),
    );
    expect(alive(pid)).toBe(true);
    started.kill('SIGKILL');
    await vi.waitFor(() => expect(alive(pid)).toBe(false));
  });
  it('is cancelled by its signal', async () => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 100);
    await expect(run(['sleep', '60'], { signal: abort.signal })).rejects.toMatchObject({ code: 'cancelled' });
  });
});
