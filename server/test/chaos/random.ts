/** Random choices that a seed repeats. */
export type Random = {
  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number;
  /** True in `percent` of a hundred cases. */
  isIn(percent: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
  shuffled<Item>(items: readonly Item[]): Item[];
  /** Choices of their own for a part of the work, so that they do not depend on when the other parts make theirs. */
  forPart(name: string): Random;
};

export function createRandom(seed: string): Random {
  const next = createGenerator(seed);
  const between = (least: number, most: number) => least + Math.floor(next() * (most - least + 1));
  return {
    between,
    isIn: (percent) => next() * 100 < percent,
    pick: <Item>(items: readonly Item[]) => {
      if (items.length === 0) throw new Error("There is nothing to pick from.");
      return items[between(0, items.length - 1)] as Item;
    },
    shuffled: (items) =>
      items
        .map((item) => ({ item, place: next() }))
        .toSorted((a, b) => a.place - b.place)
        .map(({ item }) => item),
    forPart: (name) => createRandom(`${seed} ${name}`),
  };
}

/** Numbers from 0 to below 1: `mulberry32`, begun from a hash of the seed (FNV-1a). */
function createGenerator(seed: string): () => number {
  let state = 0x811c9dc5;
  for (const letter of seed) state = Math.imul(state ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
