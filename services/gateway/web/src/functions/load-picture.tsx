// The start of a function as a flame graph that hangs from the top: wider is longer, below is loaded by what is above.
import { loadTree } from '@pilotlight/contracts/load-tree';
import { useSignal } from '@preact/signals';
import { useMemo, useRef } from 'preact/hooks';
import { duration, percent } from '../frame/figures.ts';
import {
  type Block,
  type Direction,
  icicle,
  keyOf,
  neighbour,
  type Rest,
  zoomed,
} from './icicle.ts';
import { heatOf, type Load } from './load.ts';

interface LoadPictureProps {
  readonly loads: readonly Load[];
  readonly wholeMs: number;
}

const rowHeight = 28;
/** Of the picture's width; nothing of a name could be read in less. */
const narrowestLabelled = 0.025;

const directions: Readonly<Record<string, Direction>> = {
  ...{ ArrowDown: 'in', ArrowUp: 'out', ArrowRight: 'next', ArrowLeft: 'previous' },
  ...{ Home: 'first', End: 'last' },
};

export function LoadPicture({ loads, wholeMs }: LoadPictureProps) {
  const place = useRef<HTMLDivElement>(null);
  const blocks = useMemo(() => icicle(loadTree(loads), wholeMs), [loads, wholeMs]);
  const zoomKey = useSignal('');
  const focusKey = useSignal('');
  const [whole] = blocks;
  const zoom = blocks.find((block) => keyOf(block) === zoomKey.value) ?? whole;
  if (zoom === undefined) return null;
  const { blocks: shown, rests } = zoomed(blocks, zoom);
  const focused = shown.find((block) => keyOf(block) === focusKey.value) ?? shown[0];
  const depth = Math.max(...shown.map((block) => block.depth), ...rests.map((rest) => rest.depth));
  const zoomTo = (block: Block<Load>) => {
    focusKey.value = keyOf(block);
    const isZoomed = keyOf(block) === keyOf(zoom);
    zoomKey.value = isZoomed && zoom.parent !== undefined ? keyOf(zoom.parent) : keyOf(block);
  };
  const press = (event: KeyboardEvent) => {
    if (focused === undefined) return;
    const direction = directions[event.key];
    if (direction !== undefined) focusKey.value = keyOf(neighbour(shown, focused, direction));
    else if (event.key === 'Enter' || event.key === ' ') zoomTo(focused);
    else if (event.key === 'Escape') zoomKey.value = '';
    else return;
    event.preventDefault();
    const key = focusKey.value;
    const all = place.current?.querySelectorAll<HTMLElement>('[role="treeitem"]') ?? [];
    for (const element of all) if (element.dataset['key'] === key) element.focus();
  };
  return (
    <section class="panel wide" aria-labelledby="picture-title">
      <div class="panel-head">
        <h2 id="picture-title">Where the start goes</h2>
        <span class="muted small" id="picture-keys">
          Press a block to look into it, again to step back. Arrow keys move, Escape shows all.
        </span>
        <span class="muted small">
          Redder: more time of its own. Dotted: the first call used none of it.
        </span>
      </div>
      <div
        ref={place}
        class="icicle"
        role="tree"
        aria-labelledby="picture-title"
        aria-describedby="picture-keys"
        style={{ height: `${(depth + 1) * rowHeight}px` }}
        onKeyDown={press}
      >
        {shown.map((block) => (
          <BlockView
            key={keyOf(block)}
            {...{ block, wholeMs }}
            isFocused={block === focused}
            onFocus={() => {
              focusKey.value = keyOf(block);
            }}
            onPress={() => zoomTo(block)}
          />
        ))}
        {rests.map((rest) => (
          <RestView key={`${rest.depth} ${rest.left}`} rest={rest} />
        ))}
      </div>
      {focused !== undefined && <Facts of={focused.module} wholeMs={wholeMs} />}
    </section>
  );
}

interface BlockViewProps {
  readonly block: Block<Load>;
  readonly wholeMs: number;
  readonly isFocused: boolean;
  readonly onFocus: () => void;
  readonly onPress: () => void;
}

function BlockView({ block, wholeMs, isFocused, onFocus, onPress }: BlockViewProps) {
  const { module, depth } = block;
  const name = module?.module ?? 'Whole start';
  const isUnused = module !== undefined && (module.figures.unused_rate ?? 0) >= 0.5;
  const isLabelled = block.width >= narrowestLabelled;
  const classes = [
    `block heat-${heatOf(module?.figures.share ?? 0)}`,
    ...(isUnused ? ['is-unused'] : []),
    ...(isLabelled ? ['is-labelled'] : []),
  ];
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree around it takes the keys.
    <div
      role="treeitem"
      class={classes.join(' ')}
      data-key={keyOf(block)}
      aria-level={depth + 1}
      aria-selected={isFocused}
      aria-label={spokenOf(module, wholeMs)}
      tabIndex={isFocused ? 0 : -1}
      title={spokenOf(module, wholeMs)}
      style={placeOf(block)}
      onFocus={onFocus}
      onClick={onPress}
    >
      {isLabelled && (
        <>
          <bdi>{name}</bdi> <span>{duration(module?.totalMs ?? wholeMs)}</span>
        </>
      )}
    </div>
  );
}

/** For the eye alone: the table has each of them. */
function RestView({ rest }: { readonly rest: Rest }) {
  return (
    <div class="block rest" aria-hidden="true" title={`${rest.count} more`} style={placeOf(rest)} />
  );
}

function placeOf({ left, width, depth }: Pick<Rest, 'left' | 'width' | 'depth'>) {
  return { left: `${left * 100}%`, width: `${width * 100}%`, top: `${depth * rowHeight}px` };
}

function spokenOf(load: Load | undefined, wholeMs: number): string {
  if (load === undefined) return `Whole start, ${duration(wholeMs)}`;
  const { figures, module, totalMs, selfMs, parent } = load;
  return [
    `${module}, ${duration(totalMs)}`,
    ...(selfMs === undefined ? [] : [`${duration(selfMs)} its own`]),
    ...(figures.share === null ? [] : [`${percent(figures.share)} of the start`]),
    ...(parent === '' ? [] : [`loaded by ${parent}`]),
    ...(figures.unused_rate ? [`unused in ${percent(figures.unused_rate)} of the starts`] : []),
  ].join(', ');
}

/** What is known of the block in focus. */
function Facts({ of, wholeMs }: { readonly of: Load | undefined; readonly wholeMs: number }) {
  const rows: readonly (readonly [string, string | null | undefined])[] =
    of === undefined
      ? [['Whole start, p50', duration(wholeMs)]]
      : [
          ['Module', of.module],
          ['Version', of.figures.version],
          ['File', of.figures.path],
          ['Loaded by', of.parent || 'the function'],
          ['p50', duration(of.totalMs)],
          ['p95', duration(of.figures.p95_ms)],
          ['p99', duration(of.figures.p99_ms)],
          ['Own time', of.selfMs === undefined ? undefined : duration(of.selfMs)],
        ];
  return (
    <dl class="facts" data-testid="facts">
      {rows.map(
        ([name, value]) =>
          value && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <bdi>{value}</bdi>
              </dd>
            </div>
          ),
      )}
    </dl>
  );
}
