/**
 * Answers questions of many callers together: what is asked while an answer is under way waits, and goes into the next question as
 * one. So a caller who is alone is answered at once, and where many ask, one statement serves them all. No timer.
 */
export class Gathered<Question, Answer> {
  readonly #answerAll: (questions: Question[]) => Promise<Answer[]>;
  readonly #limits: Limits;
  #waiting: Waiting<Question, Answer>[] = [];
  #isAsking = false;

  /** `answerAll` returns an answer for each of the questions, in their order; what it throws, all of them are told. */
  constructor(answerAll: (questions: Question[]) => Promise<Answer[]>, limits: Limits) {
    this.#answerAll = answerAll;
    this.#limits = limits;
  }

  /** What is not under way when this is called begins after it: no answer is older than its question. @throws `limits.refuse()` */
  ask(question: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length >= this.#limits.waiting) throw this.#limits.refuse();
      this.#waiting.push({ question, resolve, reject });
      if (!this.#isAsking) void this.#answerThoseWhoWait();
    });
  }

  async #answerThoseWhoWait(): Promise<void> {
    this.#isAsking = true;
    while (this.#waiting.length > 0) {
      const asked = this.#waiting.splice(0, this.#limits.atOnce);
      try {
        const answers = await this.#answerAll(asked.map(({ question }) => question));
        for (const [index, { resolve }] of asked.entries()) resolve(answers[index] as Answer);
      } catch (error) {
        for (const { reject } of asked) reject(error);
      }
    }
    this.#isAsking = false;
  }
}

type Limits = {
  /** How many questions are answered together at most. */
  atOnce: number;
  /** How many may wait; whoever comes then is refused with the error that `refuse` makes. */
  waiting: number;
  refuse(): Error;
};

type Waiting<Question, Answer> = { question: Question; resolve(answer: Answer): void; reject(error: unknown): void };
