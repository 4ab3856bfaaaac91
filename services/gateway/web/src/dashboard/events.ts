// Reads text/event-stream (WHATWG HTML 9.2.6) piece by piece.

export interface ServerEvent {
  readonly type: string;
  readonly data: string;
}

/** Of one connection. Comments, ids and retry times are left out. */
export class EventReader {
  #rest = '';
  #type = '';
  #data: string[] = [];

  /** The events that end in this piece. */
  read(text: string): ServerEvent[] {
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    return lines.flatMap((line) => this.#readLine(line));
  }

  #readLine(line: string): ServerEvent[] {
    if (line === '') return this.#end();
    const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (field === 'event') this.#type = value;
    if (field === 'data') this.#data.push(value);
    return [];
  }

  #end(): ServerEvent[] {
    const event = { type: this.#type || 'message', data: this.#data.join('\n') };
    const isEmpty = this.#data.length === 0;
    this.#type = '';
    this.#data = [];
    return isEmpty ? [] : [event];
  }
}
