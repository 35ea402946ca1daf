/** One page of a list, whatever it lists. */
export type Page = { pagination: { has_more: boolean; next_cursor: string | null } };

/**
 * A list: `await` it for its first page, or iterate over all its items with `for await`, page after page, each asked for when it is
 * needed. Nothing is sent before the one or the other; both together ask for the first page once.
 */
export class List<Item, Answer extends Page> implements Promise<Answer>, AsyncIterable<Item> {
  readonly [Symbol.toStringTag] = "List";
  readonly #load: (next: { cursor?: string }) => Promise<Answer>;
  readonly #itemsOf: (page: Answer) => Item[];
  #first: Promise<Answer> | undefined;

  /** `load` gets nothing for the first page, then the cursor of the next. */
  constructor(load: (next: { cursor?: string }) => Promise<Answer>, itemsOf: (page: Answer) => Item[]) {
    this.#load = load;
    this.#itemsOf = itemsOf;
  }

  /** All pages, from the first. */
  async *pages(): AsyncGenerator<Answer, void, undefined> {
    for (let page = await this.#firstPage(); ;) {
      yield page;
      const { has_more: hasMore, next_cursor: cursor } = page.pagination;
      if (!hasMore || cursor === null) return;
      page = await this.#load({ cursor });
    }
  }

  /** All items of all pages. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    for await (const page of this.pages()) yield* this.#itemsOf(page);
  }

  // oxlint-disable-next-line unicorn/no-thenable -- to be awaited is what it is for
  then<Value = Answer, Other = never>(
    onPage?: ((page: Answer) => Value | PromiseLike<Value>) | null,
    onError?: ((reason: unknown) => Other | PromiseLike<Other>) | null,
  ): Promise<Value | Other> {
    return this.#firstPage().then(onPage, onError);
  }

  catch<Other = never>(onError?: ((reason: unknown) => Other | PromiseLike<Other>) | null): Promise<Answer | Other> {
    return this.#firstPage().catch(onError);
  }

  finally(onEnd?: (() => void) | null): Promise<Answer> {
    return this.#firstPage().finally(onEnd);
  }

  #firstPage(): Promise<Answer> {
    this.#first ??= this.#load({});
    return this.#first;
  }
}
