import type { ComponentChildren, JSX } from "preact";

/** What went wrong, in a sentence that screen readers say at once. */
export function Problem({ children }: { readonly children: ComponentChildren }): JSX.Element {
  return (
    <p role="alert" class="error">
      {children}
    </p>
  );
}
