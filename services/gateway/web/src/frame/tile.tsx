// One figure, with what to make of it.
export interface TileProps {
  readonly name: string;
  readonly value: string | undefined;
  readonly note: string;
  /** Undefined where there is no judging it. */
  readonly isGood?: boolean | undefined;
}

export function Tile({ name, value, note, isGood }: TileProps) {
  return (
    <div class="panel tile">
      <div class="tile-name">{name}</div>
      <div class="tile-value">{value ?? '–'}</div>
      <div class={`tile-note ${isGood === undefined ? '' : isGood ? 'met' : 'missed'}`}>
        {isGood !== undefined && (
          <span role="img" aria-label={isGood ? 'met:' : 'missed:'}>
            {isGood ? '✓' : '✗'}
          </span>
        )}{' '}
        {note}
      </div>
    </div>
  );
}
