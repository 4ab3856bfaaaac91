// Healthy once the page has been compiled: then the first visit is quick.
export const dynamic = 'force-dynamic';

let warm;

export async function GET(request) {
  warm ??= fetch(new URL('/', request.url)).then((page) => page.status);
  const status = await warm;
  if (status !== 200) warm = undefined;
  return new Response(status === 200 ? 'ok\n' : `/ answers ${status}\n`, { status });
}
