/** Elements of well-formed XML in document order; throws where it is not well-formed. Reads what the pictures use: no comments, no CDATA. */
export function parseXml(source: string): { name: string; attributes: Map<string, string>; text: string }[] {
  const elements: { name: string; attributes: Map<string, string>; text: string }[] = [];
  const open: { name: string; attributes: Map<string, string>; text: string }[] = [];
  const forbidden = /(?![\t\n\r])\p{Cc}|\p{Cs}|[\ufffe\uffff]/u;
  if (forbidden.test(source)) throw new Error("a character that XML forbids");
  let at = 0;
  while (at < source.length) {
    const next = source.indexOf("<", at);
    const text = source.slice(at, next < 0 ? undefined : next);
    if (/&(?!amp;|lt;|gt;|quot;|#39;)/.test(text)) throw new Error(`a bare & in ${text}`);
    if (open.length > 0) open.at(-1)!.text += decode(text);
    else if (text.trim() !== "") throw new Error(`text outside the root: ${text}`);
    if (next < 0) break;
    const tag = /^<(\/?)([A-Za-z][\w-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/.exec(source.slice(next));
    if (tag === null) throw new Error(`no tag at ${source.slice(next, next + 60)}`);
    const [all, closing, name, attributes, empty] = tag;
    at = next + all.length;
    if (closing === "/") {
      if (open.pop()?.name !== name) throw new Error(`</${name}> closes nothing`);
      continue;
    }
    const element = { name: name!, attributes: new Map<string, string>(), text: "" };
    for (const [, key, value] of attributes!.matchAll(/([\w:-]+)="([^"]*)"/g)) {
      if (/&(?!amp;|lt;|gt;|quot;|#39;)/.test(value!)) throw new Error(`a bare & in ${value}`);
      if (element.attributes.has(key!)) throw new Error(`${key} twice`);
      element.attributes.set(key!, decode(value!));
    }
    elements.push(element);
    if (empty !== "/") open.push(element);
  }
  if (open.length > 0) throw new Error(`<${open.at(-1)!.name}> is never closed`);
  return elements;
}

function decode(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
}
