import type { Answer, Question } from './server.ts';

/** Questions of one message: what the other thread has to do besides comes between two of them. */
const MOST = 64;

/** Names that another thread is asked for: one message at a time is on its way, with some that were asked meanwhile. */
export class Questions {
  readonly #send: (questions: (Question & { id: number })[]) => void;
  /** In the order of asking. */
  readonly #waiting = new Map<number, Question>();
  readonly #asked = new Map<number, (answer: Answer) => void>();
  #last = 0;
  #underWay = 0;

  constructor(send: (questions: (Question & { id: number })[]) => void) {
    this.#send = send;
  }

  /** @returns what takes it back, while it is not on its way: clients change their mind faster than anybody answers */
  ask(question: Question, found: (answer: Answer) => void): () => void {
    const id = ++this.#last;
    this.#asked.set(id, found);
    this.#waiting.set(id, question);
    return () => {
      if (this.#waiting.delete(id)) this.#asked.delete(id);
    };
  }

  /** At the end of each turn. */
  turnEnds(): void {
    if (this.#waiting.size === 0 || this.#underWay > 0) return;
    const questions: (Question & { id: number })[] = [];
    for (const [id, question] of this.#waiting) {
      if (questions.length === MOST) break;
      questions.push({ ...question, id });
      this.#waiting.delete(id);
    }
    this.#underWay = questions.length;
    this.#send(questions);
  }

  answered(answers: readonly (Answer & { id: number })[]): void {
    for (const { id, ...answer } of answers) {
      this.#underWay -= 1;
      const found = this.#asked.get(id);
      this.#asked.delete(id);
      found?.(answer);
    }
  }
}
