import type { MarkdownRenderer } from "vitepress";

/** Two braces in the text of a page, or in code within it, are two braces, and no expression of Vue. */
export function plainBraces(markdown: MarkdownRenderer): void {
  const { rules } = markdown.renderer;
  for (const name of ["text", "code_inline"]) {
    const render = rules[name];
    if (render === undefined) throw new Error(`the renderer of markdown has no rule for ${name}`);
    rules[name] = (...token) => render(...token).replaceAll("{{", "&#123;&#123;");
  }
}
