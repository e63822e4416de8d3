import "./symbol-dispose.ts";
import "./page/style.css";
import { render } from "preact";
import { keepPage } from "./files/keep-page.ts";
import { App } from "./page/app.tsx";

const page = document.getElementById("page")!; // in index.html
page.replaceChildren();
render(<App />, page);
keepPage();
