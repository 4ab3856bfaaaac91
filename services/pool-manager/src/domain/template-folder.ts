// A template as it lies in its folder, before anything of it has been checked.

/** Both counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** template.yaml: its value, or every mistake of its syntax. */
export type TemplateDocument =
  | {
      readonly value: unknown;
      /** Where the part at this path stands; of a missing one, where it should be. */
      readonly placeOf: (path: readonly PropertyKey[]) => Place;
    }
  | { readonly mistakes: readonly { readonly place: Place; readonly problem: string }[] };

/** By path relative to the folder. */
export interface FolderFiles {
  readonly texts: ReadonlyMap<string, string>;
  /** Files that are no text: templates travel as text. */
  readonly binary: ReadonlySet<string>;
}

/** A folder below templates/ that has a template.yaml. */
export interface TemplateFolder {
  readonly folder: string;
  readonly document: TemplateDocument;
  /** All other files, also in folders of it. */
  readonly files: FolderFiles;
}

/** What lies in templates/. */
export interface TemplatesDirectory {
  readonly folders: readonly TemplateFolder[];
  /** Folders that were asked for and are not there. */
  readonly missing: readonly string[];
  /** Content of the files directly in it, by name: what every template may name as its own. */
  readonly shared: ReadonlyMap<string, string>;
  /** prefetch.yaml, where there is one. */
  readonly prefetch?: TemplateDocument;
}

/** A file, or all files below a folder, sorted; nothing where there is neither. */
export function filesAt({ texts, binary }: FolderFiles, path: string): readonly string[] {
  const folder = path.replace(/\/+$/, '');
  return [...texts.keys(), ...binary]
    .filter((name) => name === path || name.startsWith(`${folder}/`))
    .toSorted();
}

/** The folder as if shared files lay in it, unless it has a file of that name. */
export function withShared(
  folder: TemplateFolder,
  shared: TemplatesDirectory['shared'],
): TemplateFolder {
  const { texts, binary } = folder.files;
  return { ...folder, files: { texts: new Map([...shared, ...texts]), binary } };
}
