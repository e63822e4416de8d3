import type { MarkdownRenderer } from "vitepress";
import { linkFromSite } from "./site-paths.ts";

/**
 * Pages link to other files of the repository by their paths, as those who read them there need it. In the site such a link leads to the
 * page of the site that has the same, or into the repository; where it can lead nowhere its text stays.
 */
export function repositoryLinks(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push("repository-links", ({ tokens, env }) => {
    const page = `docs/${env.relativePath}`;
    for (const { children } of tokens) {
      const open: boolean[] = [];
      for (const token of children ?? []) {
        if (token.type === "link_open") {
          const href = linkFromSite(page, token.attrGet("href") ?? "");
          open.push(href !== undefined);
          if (href === undefined) Object.assign(token, { type: "text", tag: "", content: "", nesting: 0, attrs: null });
          else token.attrSet("href", href);
        } else if (token.type === "link_close" && open.pop() === false)
          Object.assign(token, { type: "text", tag: "", content: "", nesting: 0 });
      }
    }
  });
}
