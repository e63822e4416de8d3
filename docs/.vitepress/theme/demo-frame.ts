import { withBase } from "vitepress";
import { type Component, defineComponent, h } from "vue";

/** The page itself, from the same site. */
export const DemoFrame: Component = defineComponent({
  setup: () => () =>
    h("iframe", {
      class: "demo-frame",
      src: withBase("/demo/index.html"),
      title: "The page: a prompt, the model's answer, and what it came from",
      allow: "clipboard-write",
      loading: "lazy",
    }),
});
