/** What a queue needs to know of a thing that waits. */
export type Waiting = {
  tenantId: number;
  bytes: number;
  /** Nobody waits for it any more. */
  isAbandoned: boolean;
  /** Called instead of taking it, where nobody waits for it any more. */
  drop(): void;
};

/** Things that wait, each tenant's in order of arrival; taken one of each tenant in turn, so that a flood of one delays no other. */
export class FairQueue<Item extends Waiting> {
  /** Tenants in the order of their turns. */
  #byTenant = new Map<number, Item[]>();
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(item: Item): void {
    const items = this.#byTenant.get(item.tenantId);
    if (items === undefined) this.#byTenant.set(item.tenantId, [item]);
    else items.push(item);
    this.#length += 1;
  }

  /**
   * Takes up to `maxCount` items of together at most `maxBytes`, but at least one if there is any. Those that nobody waits for
   * any more are dropped on the way.
   */
  take(maxCount: number, maxBytes: number): Item[] {
    const taken: Item[] = [];
    let bytes = 0;
    // Each tenant's items of this round are cut off its list at once; shifting them one by one would copy the rest each time.
    const used = new Map<number, number>();
    const turns = [...this.#byTenant.keys()];
    for (let turn = 0; turns.length > 0; turn = (turn + 1) % turns.length) {
      const tenantId = turns[turn] as number;
      const position = used.get(tenantId) ?? 0;
      const item = this.#byTenant.get(tenantId)?.[position];
      if (item === undefined) {
        turns.splice(turn, 1);
        turn -= 1;
        if (turns.length === 0) break;
        continue;
      }
      if (item.isAbandoned) item.drop();
      else {
        const isFull = taken.length >= maxCount || (taken.length > 0 && bytes + item.bytes > maxBytes);
        if (isFull) break;
        taken.push(item);
        bytes += item.bytes;
      }
      used.set(tenantId, position + 1);
    }
    this.#cutOff(used);
    return taken;
  }

  /** Whoever had a turn goes behind those who had none. */
  #cutOff(used: Map<number, number>): void {
    for (const [tenantId, count] of used) {
      const rest = this.#byTenant.get(tenantId)?.slice(count) ?? [];
      this.#byTenant.delete(tenantId);
      if (rest.length > 0) this.#byTenant.set(tenantId, rest);
      this.#length -= count;
    }
  }
}
