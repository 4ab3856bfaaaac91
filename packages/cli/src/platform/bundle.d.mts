export function bundleFolderOf(root: string, service: string): string;
export function currentBundle(root: string, service: string): string | undefined;
