import type { JSX } from "preact";
import { gradientSigns } from "./gradient-words.ts";
import type { ModelGraph } from "./model-graph.ts";
import type { Group, TreeItem } from "./scope-tree.ts";

interface Props {
  readonly graph: ModelGraph;
  readonly root: Group;
  readonly opened: ReadonlySet<string>;
  readonly selected: string | undefined;
  readonly onSelect: (id: string) => void;
  readonly onOpen: (group: string) => void;
  readonly onClose: (group: string) => void;
}

/** The graph as a list in the order it is computed, for who reads rather than looks. What is in a closed group is not made. */
export function GraphList({ graph, root, opened, selected, onSelect, onOpen, onClose }: Props): JSX.Element {
  const button = (id: string, name: string, what: string): JSX.Element => (
    <button type="button" aria-pressed={selected === id} onClick={() => onSelect(id)}>
      {name} <small>{what}</small>
    </button>
  );
  const items = (list: readonly TreeItem[]): JSX.Element => (
    <ul>
      {list.map((item) => (
        <li key={item.id}>
          {item.kind === "node" ? (
            button(item.id, item.label, `${item.node.operator} ${gradientSigns[item.node.gradient]}`)
          ) : (
            <>
              <button
                type="button"
                class="fold"
                aria-expanded={opened.has(item.id)}
                onClick={() => (opened.has(item.id) ? onClose : onOpen)(item.id)}
              >
                <span aria-hidden="true">{opened.has(item.id) ? "−" : "+"}</span> {item.label} <small>{item.count} nodes</small>
              </button>
              {opened.has(item.id) && items(item.items)}
            </>
          )}
        </li>
      ))}
    </ul>
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
    <section class="graph-list" tabIndex={0} aria-label="Nodes as a list">
      <ul>
        {graph.inputs.map((name) => (
          <li key={name}>{button(`input:${name}`, name, "input")}</li>
        ))}
      </ul>
      {items(root.items)}
      <ul>
        {graph.outputs.map((name) => (
          <li key={name}>{button(`output:${name}`, name, "output")}</li>
        ))}
      </ul>
    </section>
  );
}
