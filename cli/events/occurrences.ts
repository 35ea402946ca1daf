import { closeSync, ftruncateSync, openSync, readSync, rmSync, writeSync } from "node:fs";

/** The beginning of a content's hash, and how often it has come; a slot that holds zeros is free. */
const hashBytes = 12;
const slotBytes = 16;
/** Slots read at a time where a table is walked through. */
const slotsPerRead = 4_096;
const firstCapacity = 65_536;

/**
 * How often each content has come so far: a hash table in a file, so that memory stays flat however many events there are. The file is gone
 * with the process. Two contents with the same beginning of their hashes would be counted together, which changes a number in their keys
 * and confuses nothing: the whole hash is in the key too.
 */
export class Occurrences {
  readonly #path: string;
  #table: Table;
  #used = 0;

  /** `path` begins the names of its files. */
  constructor(path: string) {
    this.#path = path;
    this.#table = new Table(path, firstCapacity);
  }

  /** Counts one more, and returns the how manieth it is, from 1. `hash` has at least 12 bytes. */
  count(hash: Buffer): number {
    const { slot, count } = this.#table.find(hash);
    this.#table.write(slot, hash, count + 1);
    if (count === 0) this.#used += 1;
    // Fuller, free slots would be far apart.
    if (this.#used * 2 > this.#table.capacity) this.#grow();
    return count + 1;
  }

  #grow(): void {
    const grown = new Table(this.#path, this.#table.capacity * 2);
    for (const { hash, count } of this.#table.entries()) grown.write(grown.find(hash).slot, hash, count);
    this.#table.close();
    this.#table = grown;
  }

  close(): void {
    this.#table.close();
  }
}

/** Slots in the order of their hashes, each as near behind its place as there was room. */
class Table {
  readonly capacity: number;
  readonly #file: number;
  readonly #slot = Buffer.alloc(slotBytes);

  constructor(path: string, capacity: number) {
    this.capacity = capacity;
    const name = `${path}.${capacity}`;
    this.#file = openSync(name, "w+");
    // Open it stays usable, and nothing is left behind however the process ends.
    rmSync(name);
    ftruncateSync(this.#file, capacity * slotBytes);
  }

  /** Where `hash` stands, or the free slot where it belongs. */
  find(hash: Buffer): { slot: number; count: number } {
    // By the hash's beginning, so that a table that grows is walked through in the order of the new one.
    for (let slot = Math.floor((hash.readUInt32BE(0) / 2 ** 32) * this.capacity); ; slot = (slot + 1) % this.capacity) {
      readSync(this.#file, this.#slot, 0, slotBytes, slot * slotBytes);
      const count = this.#slot.readUInt32BE(hashBytes);
      if (count === 0 || this.#slot.compare(hash, 0, hashBytes, 0, hashBytes) === 0) return { slot, count };
    }
  }

  write(slot: number, hash: Buffer, count: number): void {
    hash.copy(this.#slot, 0, 0, hashBytes);
    this.#slot.writeUInt32BE(count, hashBytes);
    writeSync(this.#file, this.#slot, 0, slotBytes, slot * slotBytes);
  }

  *entries(): Generator<{ hash: Buffer; count: number }> {
    const slots = Buffer.alloc(slotsPerRead * slotBytes);
    for (let first = 0; first < this.capacity; first += slotsPerRead) {
      readSync(this.#file, slots, 0, slots.length, first * slotBytes);
      for (let at = 0; at < slots.length; at += slotBytes) {
        const count = slots.readUInt32BE(at + hashBytes);
        if (count > 0) yield { hash: slots.subarray(at, at + hashBytes), count };
      }
    }
  }

  close(): void {
    closeSync(this.#file);
  }
}
