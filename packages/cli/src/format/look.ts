// What text for people may be made of: a terminal's width, colours and characters.

/** What colours say, apart from how they look. */
export type Emphasis = 'strong' | 'quiet' | 'large' | 'middling' | 'small';

export interface Look {
  /** Of a line. */
  readonly columns: number;
  /** Whether blocks and lines of Unicode can be shown; else ASCII stands for them. */
  readonly unicode: boolean;
  /** The same text, coloured where colours are shown. */
  readonly paint: (emphasis: Emphasis, text: string) => string;
}
