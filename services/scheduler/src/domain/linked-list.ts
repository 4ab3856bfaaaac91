// A doubly linked list, because a Map or an array that is emptied from the front costs time in
// proportion to its size, and the queues here hold up to 60,000 entries.

/** A place in one list. `value` stays readable after the place was unlinked. */
export interface Link<T> {
  readonly value: T;
  previous: Link<T> | undefined;
  next: Link<T> | undefined;
}

/** Every operation is O(1) but iterating and inserting. A link belongs to the list that made it. */
export class LinkedList<T> {
  #first: Link<T> | undefined;
  #last: Link<T> | undefined;

  get first(): Link<T> | undefined {
    return this.#first;
  }

  append(value: T): Link<T> {
    const link: Link<T> = { value, previous: this.#last, next: undefined };
    if (this.#last === undefined) this.#first = link;
    else this.#last.next = link;
    this.#last = link;
    return link;
  }

  /** Puts a value behind those at the front that `goesFirst` is true of; walks past each of them. */
  insert(value: T, goesFirst: (other: T) => boolean): Link<T> {
    let next = this.#first;
    while (next !== undefined && goesFirst(next.value)) next = next.next;
    if (next === undefined) return this.append(value);
    const link: Link<T> = { value, previous: next.previous, next };
    if (next.previous === undefined) this.#first = link;
    else next.previous.next = link;
    next.previous = link;
    return link;
  }

  /** Must be called once per link at most. */
  unlink(link: Link<T>): void {
    if (link.previous === undefined) this.#first = link.next;
    else link.previous.next = link.next;
    if (link.next === undefined) this.#last = link.previous;
    else link.next.previous = link.previous;
    link.previous = undefined;
    link.next = undefined;
  }

  /** From the front. The current link may be unlinked while iterating, no other. */
  *links(): Generator<Link<T>, undefined, undefined> {
    let link = this.#first;
    while (link !== undefined) {
      const { next } = link;
      yield link;
      link = next;
    }
    return undefined;
  }
}
