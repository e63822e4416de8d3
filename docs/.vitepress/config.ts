import { defineConfig } from "vitepress";
import { referenceSidebars, sidebar } from "../src/site/navigation.ts";
import { plainBraces } from "../src/site/plain-braces.ts";
import { repositoryLinks } from "../src/site/repository-links.ts";
import { repositoryAddress } from "../src/site/site-paths.ts";
import { thirdPartyNotices } from "../src/site/third-party-notices.ts";

/** The folder of its host that the site lies in. */
const base = `${(process.env["DOCS_BASE"] ?? "").replace(/\/+$/, "")}/`;
const repository = repositoryAddress();

/** What a page may do, said to the browser: show and run what the site itself has, and ask nobody else. */
const policy = [
  "default-src 'none'",
  "script-src 'self' 'unsafe-inline'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "frame-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
].join("; ");

export default defineConfig({
  title: "attr",
  titleTemplate: ":title — attr",
  description: "Why a model said what it said: attribution for language models and neural networks, in TypeScript.",
  lang: "en",
  base,
  metaChunk: true,
  srcExclude: ["src/**", "test/**", "public/**"],
  head: [["link", { rel: "icon", href: `${base}icon.svg`, type: "image/svg+xml" }]],
  transformHead: () => [["meta", { "http-equiv": "Content-Security-Policy", content: policy }]],
  markdown: {
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
    config: (markdown) => {
      repositoryLinks(markdown);
      plainBraces(markdown);
    },
  },
  // The index of the search is one file, loaded when somebody searches.
  vite: { build: { chunkSizeWarningLimit: 4000 }, plugins: [thirdPartyNotices()] },
  themeConfig: {
    search: { provider: "local" },
    outline: { level: [2, 3] },
    nav: [
      { text: "Tutorial", link: "/guides/getting-started" },
      { text: "Guides", link: "/guides/language-models", activeMatch: "^/guides/(?!getting-started)" },
      { text: "Explanation", link: "/explanation/which-method", activeMatch: "^/explanation/" },
      { text: "Reference", link: "/reference/", activeMatch: "^/(reference/|coverage|operators|axioms)" },
      { text: "Demo", link: "/try-it" },
      ...(repository === undefined ? [] : [{ text: "Source", link: repository }]),
    ],
    sidebar: { ...referenceSidebars(), "/": sidebar() },
    footer: { message: `Apache-2.0. <a href="${base}THIRD-PARTY-NOTICES.txt" target="_self">Notices of others</a>` },
    docFooter: { prev: "Before", next: "Next" },
  },
});
