import { RackhandError } from '../../builder/shared/errors.ts';
import { type SourceLine, splitLines } from './lines.ts';

/**
 * What a name after %include or %ksappend means. elsewhere: a file that only the installer will see, such as one
 * that %pre writes; absent: it ought to be among the server's own files and is not.
 */
export type Include = (name: string) => { file: string; text: string } | 'elsewhere' | 'absent';

const DEEPEST = 16;
/** Bytes are not counted, UTF-16 units are. */
const LONGEST = 4 << 20;

/** Lines of a kickstart, with those of included files in their place. */
export class LineReader {
  private readonly frames: { lines: SourceLine[]; at: number }[] = [];
  private length = 0;

  /** @throws RackhandError kickstart-too-long | include-too-deep */
  open(file: string, text: string): void {
    this.length += text.length;
    if (this.length > LONGEST)
      throw new RackhandError(
        'kickstart-too-long',
        `${file}: more than ${LONGEST} characters, with what is included`,
        'put what is large on a server and fetch it from %post',
      );
    if (this.frames.length >= DEEPEST)
      throw new RackhandError(
        'include-too-deep',
        `${file}: files include each other ${DEEPEST} deep`,
        'look for one that includes itself',
      );
    this.frames.push({ lines: splitLines(text, file), at: 0 });
  }

  next(): SourceLine | undefined {
    for (;;) {
      const frame = this.frames.at(-1);
      if (!frame) return undefined;
      const line = frame.lines[frame.at++];
      if (line) return line;
      this.frames.pop();
    }
  }

  /** Gives the line last taken once more. */
  back(): void {
    this.frames.at(-1)!.at -= 1;
  }
}
