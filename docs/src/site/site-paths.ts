import { posix } from "node:path";

/** Where a path of the repository (a file, or a folder that a link names) is in the site, from its root; `undefined` where it is not. */
export function sitePathOf(repositoryPath: string): string | undefined {
  const path = repositoryPath.replace(/\/(README\.md)?$/, "");
  if (/^docs\/.+\.md$/.test(path)) return `/${path.slice("docs/".length)}`;
  const [, library] = /^packages\/([\w-]+)$/.exec(path) ?? [];
  if (library !== undefined) return `/reference/${library}/index.md`;
  if (path === "models") return "/reference/models/index.md";
  if (path === "apps/demo") return "/try-it.md";
  return undefined;
}

/** The repository's address, `https://host/owner/name`, where whoever builds the site knows one (`DOCS_REPOSITORY`). */
export function repositoryAddress(): string | undefined {
  return process.env["DOCS_REPOSITORY"]?.replace(/\/+$/, "") || undefined;
}

/** Where a link of a page of the repository leads from the site; `undefined`: nowhere, and its text has to do. */
export function linkFromSite(page: string, href: string): string | undefined {
  if (/^(#|\/|[a-z][\w+.-]*:)/i.test(href)) return href;
  const [, target = "", anchor = ""] = /^([^#]*)(#.*)?$/.exec(href) ?? [];
  const path = posix.join(posix.dirname(page), target);
  const inSite = sitePathOf(path);
  if (inSite !== undefined) return inSite + anchor;
  const address = repositoryAddress();
  return address === undefined ? undefined : `${address}/blob/HEAD/${path}${anchor}`;
}

/** The text of a page of the repository as a page of the site: its links, written `[text](path)`, lead on from there. */
export function withSiteLinks(page: string, text: string): string {
  return text.replace(/(?<!!)\[((?:[^[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)/g, (_, label: string, href: string) => {
    const link = linkFromSite(page, href);
    return link === undefined ? label : `[${label}](${link})`;
  });
}
