import { expect, it } from 'vitest';
import { plainProgress } from '../../../builder/commands/progress.ts';

it('progress without a terminal: every stage begins and ends, few lines between', () => {
  const lines: string[] = [];
  const progress = plainProgress((line) => lines.push(line.replace(/^\s*[\d.]+s /, '')));
  progress({ stage: 'root', message: 'downloading' });
  for (let i = 0; i < 50; i++) progress({ stage: 'root', message: `package ${i}` });
  progress({ stage: 'root', message: 'done in 1.0 s' });
  expect(lines).toEqual(['root: downloading\n', 'root: done in 1.0 s\n']);
});
