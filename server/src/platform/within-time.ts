/** What `work` comes to, or, if that takes longer than `limitMs`, what `late` returns or throws. The work itself goes on. */
export async function withinTime<Result>(work: Promise<Result>, limitMs: number, late: () => Result): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), limitMs);
  });
  try {
    const first = await Promise.race([work.then((result) => ({ result })), tooLate]);
    return first === "late" ? late() : first.result;
  } finally {
    clearTimeout(timer);
  }
}
