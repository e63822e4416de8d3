import { withBase } from "vitepress";
import { type Component, defineComponent, h } from "vue";

/** The page itself, from the same site, and a link to it. */
export const DemoFrame: Component = defineComponent({
  setup: () => () => {
    const address = withBase("/demo/index.html");
    const title = "The page: a prompt, the model's answer, and what it came from";
    return [
      h("iframe", { class: "demo-frame", src: address, title, allow: "clipboard-write" }),
      // The router of this site knows no such page: `target` has the browser go there.
      h("p", [
        h("a", { href: address, target: "_self" }, "The page by itself"),
        ", where it works without a network once it was loaded.",
      ]),
    ];
  },
});
