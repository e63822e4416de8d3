// The theme without the fonts it brings along: the reader's own system has some.
import type { Theme } from "vitepress";
import theme from "vitepress/theme-without-fonts";
import { DemoFrame } from "./demo-frame.ts";
import "./style.css";

const withDemo: Theme = { extends: theme, enhanceApp: ({ app }) => void app.component("DemoFrame", DemoFrame) };
export default withDemo;
