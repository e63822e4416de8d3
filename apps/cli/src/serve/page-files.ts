import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import * as nodeModule from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { Hono } from "hono";
import { confined } from "./confined.ts";
import { securityHeaders } from "./guards.ts";
import { pageMarkup } from "./page-markup.ts";
import { pageStyle } from "./page-style.ts";
import { Problem } from "./problem.ts";

/**
 * The page at `/` and what it loads: its script, and the modules of `@attr/viz` and `@attr/core` that draw pictures, as they are installed.
 * It loads nothing from anywhere else, and its policy forbids it.
 */
export function pageFiles(): Hono {
  const app = new Hono();
  app.get("/", () => {
    const { extension } = modules();
    const map = JSON.stringify({
      imports: {
        "@attr/core": `/modules/core/index.${extension}`,
        "@attr/viz/element": `/modules/viz/element/attr-result.${extension}`,
      },
    });
    const scripts = `'self' '${hashOf(map)}'`;
    const policy = `default-src 'none'; script-src ${scripts}; style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;
    return new Response(pageMarkup({ importMap: map, script: `/modules/page/page.${extension}` }), {
      headers: { "content-type": "text/html; charset=utf-8", ...securityHeaders(policy) },
    });
  });
  app.get("/page.css", () => new Response(pageStyle, { headers: { "content-type": "text/css; charset=utf-8" } }));
  app.get("/favicon.ico", () => new Response(null, { status: 204 }));
  app.get("/modules/:package/:file{.+}", async (context) => {
    const { package: name, file } = context.req.param();
    const { folders, extension } = modules();
    const folder = Object.hasOwn(folders, name) ? folders[name] : undefined;
    if (folder === undefined || !file.endsWith(`.${extension}`) || /\.(test|fixture)\./.test(file))
      throw new Problem(404, `there is no module ${JSON.stringify(file.slice(0, 100))}`);
    const text = await readFile(await confined(folder, file), "utf8");
    const script = extension === "ts" ? nodeModule.stripTypeScriptTypes(text) : text;
    return new Response(script, { headers: { "content-type": "text/javascript; charset=utf-8" } });
  });
  return app;
}

/** Where the modules are: beside this one as it runs, built or from the sources. */
function modules(): { readonly folders: Readonly<Record<string, string>>; readonly extension: "js" | "ts" } {
  const { resolve } = nodeModule.createRequire(import.meta.url);
  return {
    folders: {
      page: fileURLToPath(new URL("../page/", import.meta.url)),
      core: dirname(resolve("@attr/core")),
      viz: dirname(resolve("@attr/viz")),
    },
    extension: import.meta.url.endsWith(".ts") ? "ts" : "js",
  };
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
