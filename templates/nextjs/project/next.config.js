/** @type {import('next').NextConfig} */
export default {
  // Turbopack follows no link out of its root, and node_modules links to where they are installed.
  turbopack: { root: '/' },
  devIndicators: false,
  // The platform asks each second.
  logging: { incomingRequests: { ignore: [/^\/health$/] } },
};
