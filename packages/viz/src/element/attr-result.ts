import type { AttributionDocument } from "../documents/document.ts";
import { documentFromJson } from "../documents/json.ts";
import { numbersMarkup } from "../html/picture-page.ts";
import { toSvg } from "../svg.ts";
import type { ThemeChoice } from "../theme-style.ts";
import { elementStyle } from "./element-style.ts";

// On a server there is no HTMLElement; the module may be imported there, and registers nothing.
const Base: typeof HTMLElement = globalThis.HTMLElement ?? (class {} as unknown as typeof HTMLElement); // never made there

/** Widths between which a picture is drawn anew for its place on the page; a place that is narrower scrolls. */
const [narrowest, widest] = [280, 960];
/** Pixels by which the place must change for the picture to be drawn anew. */
const step = 24;

/**
 * `<attr-result>`: a document of any kind as a picture, with its numbers in tables that open below it. The document comes from the
 * property `document`, from JSON in the attribute `document`, or from a child `<script type="application/json">`, in this order.
 * `theme` is "light", "dark" or "auto"; `plain` leaves title, method and notes to the page. Everything is in a shadow root: no style leaks
 * in or out. Wherever it stands it is drawn for the width that it has there. What is no document is told in its place, and as an event `attr-error` whose `detail` is the sentence.
 */
export class AttrResultElement extends Base {
  static readonly observedAttributes: readonly string[] = ["document", "theme", "plain"];

  #document: AttributionDocument | undefined;
  #width = 0;
  #waiting = false;
  #resize: ResizeObserver | undefined;
  #children: MutationObserver | undefined;

  /** What is shown; `undefined` for what the attribute or the child script says. */
  get document(): AttributionDocument | undefined {
    return this.#document;
  }

  /** The document that is shown. See the getter. */
  set document(document: AttributionDocument | undefined) {
    this.#document = document;
    this.#draw();
  }

  /** Shows the document where the element stands in a page. Called by the browser. */
  connectedCallback(): void {
    if (this.shadowRoot === null) this.attachShadow({ mode: "open" });
    // A property that was set before the element was known lies on the instance and hides the accessor.
    if (Object.hasOwn(this, "document")) {
      const early = Object.getOwnPropertyDescriptor(this, "document")?.value as AttributionDocument | undefined; // checked when drawn
      Reflect.deleteProperty(this, "document");
      this.#document = early;
    }
    this.#resize = new ResizeObserver(() => {
      if (Math.abs(this.#place() - this.#width) >= step) this.#draw();
    });
    this.#resize.observe(this);
    // The parser may still be at the child script.
    this.#children = new MutationObserver(() => this.#draw());
    this.#children.observe(this, { childList: true, subtree: true, characterData: true });
    this.#draw();
  }

  /** Stops listening to the page. Called by the browser. */
  disconnectedCallback(): void {
    this.#resize?.disconnect();
    this.#children?.disconnect();
  }

  /** Shows what a changed attribute asks for. Called by the browser. */
  attributeChangedCallback(): void {
    this.#draw();
  }

  /** Draws once for all that changes at one time. */
  #draw(): void {
    if (this.#waiting || !this.isConnected) return;
    this.#waiting = true;
    queueMicrotask(() => {
      this.#waiting = false;
      if (this.isConnected) this.#show();
    });
  }

  #place(): number {
    return Math.min(widest, Math.max(narrowest, Math.floor(this.clientWidth) || 720));
  }

  #show(): void {
    const root = this.shadowRoot;
    if (root === null) return;
    this.#width = this.#place();
    const style = globalThis.document.createElement("style");
    style.textContent = elementStyle(this.#theme());
    try {
      const document = this.#document ?? this.#written();
      if (document === undefined) {
        root.replaceChildren();
        return;
      }
      const figure = globalThis.document.createElement("figure");
      const svg = toSvg(document, { width: this.#width, theme: this.#theme(), heading: !this.hasAttribute("plain") });
      figure.append(globalThis.document.importNode(new DOMParser().parseFromString(svg, "image/svg+xml").documentElement, true));
      const numbers = globalThis.document.createElement("div");
      numbers.innerHTML = numbersMarkup(document); // every text of the document is escaped in it
      keepOpen(root, numbers);
      root.replaceChildren(style, figure, numbers);
      // What scrolls has to be reached by the keyboard.
      if (figure.scrollWidth > figure.clientWidth) {
        figure.tabIndex = 0;
        figure.setAttribute("role", "group");
        figure.setAttribute("aria-label", "Picture of the result");
      }
    } catch (error) {
      const sentence = error instanceof Error ? error.message : String(error);
      const told = globalThis.document.createElement("p");
      told.setAttribute("role", "alert");
      told.textContent = sentence;
      root.replaceChildren(style, told);
      this.dispatchEvent(new CustomEvent("attr-error", { detail: sentence, bubbles: true, composed: true }));
    }
  }

  #theme(): ThemeChoice {
    const theme = this.getAttribute("theme");
    return theme === "light" || theme === "dark" ? theme : "auto";
  }

  /** The document of the attribute or of the child script; nothing where there is neither. */
  #written(): AttributionDocument | undefined {
    const json = this.getAttribute("document") ?? this.querySelector(':scope > script[type="application/json"]')?.textContent;
    return json === undefined || json === null || json.trim() === "" ? undefined : documentFromJson(json);
  }
}

/** Tables that the reader has opened stay open when the numbers change. */
function keepOpen(before: ParentNode, after: ParentNode): void {
  const opened = [...before.querySelectorAll("details")].map(({ open }) => open);
  after.querySelectorAll("details").forEach((details, index) => {
    details.open = opened[index] ?? false;
  });
}

declare global {
  interface HTMLElementTagNameMap {
    "attr-result": AttrResultElement;
  }
}

if (globalThis.customElements !== undefined && globalThis.customElements.get("attr-result") === undefined)
  globalThis.customElements.define("attr-result", AttrResultElement);
