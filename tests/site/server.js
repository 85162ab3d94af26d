// Serves a folder below a path, as GitHub Pages does, packed as there.
import { createServer } from "node:http";
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";

const TYPES = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".ipynb": "application/json",
  ".js": "text/javascript",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".woff": "font/woff",
  ".woff2": "font/woff2",
  ".xml": "application/xml",
};
const PACKED = new Set([".css", ".html", ".ipynb", ".js", ".json", ".svg", ".txt", ".xml"]);

const packed = new Map(); // file: its packed text; the theme's are asked for by every page

/** Serve `folder` at `http://localhost:PORT/below/`. */
export async function serve(folder, below) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    let file = path.join(folder, decodeURIComponent(pathname).slice(below.length));
    try {
      if (!pathname.startsWith(below)) throw new Error("not below the site's path");
      if ((await stat(file)).isDirectory()) file = path.join(file, "index.html");
      const ending = path.extname(file);
      const headers = { "content-type": TYPES[ending] ?? "application/octet-stream" };
      let body = packed.get(file);
      if (!body) {
        body = await readFile(file);
        if (PACKED.has(ending)) packed.set(file, (body = gzipSync(body)));
      }
      if (PACKED.has(ending)) headers["content-encoding"] = "gzip";
      response.writeHead(200, headers).end(body);
    } catch {
      response.writeHead(404, { "content-type": "text/plain" }).end("not found");
    }
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const address = `http://127.0.0.1:${server.address().port}${below}`;
  return { address, close: () => server.close() };
}
