import type { JSX } from "preact";
import { useId, useMemo, useState } from "preact/hooks";
import "./graph.css";
import { GraphList } from "./graph-list.tsx";
import { GraphView } from "./graph-view.tsx";
import type { ModelGraph } from "./model-graph.ts";
import { NodeDetails } from "./node-details.tsx";
import { groupsAround, scopeTree } from "./scope-tree.ts";
import { searchNodes } from "./search-nodes.ts";
import { mostBoxes, openedAtStart, shownItems, visibleGraph } from "./visible-graph.ts";

export interface GraphExplorerProps {
  readonly graph: ModelGraph;
  /** Told the value that a user wants an output explained at. */
  readonly onLayer: (value: string) => void;
}

/** A model's graph to look at: as a drawing or as a list, with a search, and what is known of the node that is chosen. */
export function GraphExplorer({ graph, onLayer }: GraphExplorerProps): JSX.Element {
  const root = useMemo(() => scopeTree(graph.nodes), [graph]);
  const atStart = useMemo(() => openedAtStart(root), [root]);
  const [opened, setOpened] = useState(atStart);
  const [selected, setSelected] = useState<string>();
  const [words, setWords] = useState("");
  const [shown, setShown] = useState<"drawing" | "list">(() => (matchMedia("(max-width: 40rem)").matches ? "list" : "drawing"));
  const visible = useMemo(() => visibleGraph(graph, root, opened), [graph, root, opened]);
  const found = useMemo(() => searchNodes(graph.nodes, words), [graph, words]);
  const id = useId();

  /** Opens groups, and closes those that one has not asked for where there would be too many boxes. */
  const open = (ids: readonly string[]): void => {
    const more = new Set([...opened, ...ids]);
    const around = ids.flatMap((one) => groupsAround(root, one)?.map((group) => group.id) ?? []);
    setOpened(shownItems(root, more).length <= mostBoxes ? more : new Set([...around, ...ids]));
  };
  const close = (group: string): void => {
    setOpened(new Set([...opened].filter((one) => one !== group)));
    setSelected(group);
  };
  const choose = (item: string): void => {
    const around = groupsAround(root, item)?.map((group) => group.id) ?? [];
    if (around.some((group) => !opened.has(group))) open(around);
    setSelected(item);
  };
  return (
    <section class="explorer" aria-label="Graph">
      <div class="row">
        <div class="field">
          <label for={`${id}-search`}>Search for a node or an operator</label>
          <input
            id={`${id}-search`}
            type="search"
            value={words}
            spellcheck={false}
            autocomplete="off"
            onInput={({ currentTarget }) => setWords(currentTarget.value)}
          />
        </div>
        {/* biome-ignore lint/a11y/useSemanticElements: these are buttons, and no part of a form */}
        <div class="actions" role="group" aria-label="Shown as">
          {(["drawing", "list"] as const).map((name) => (
            <button key={name} type="button" aria-pressed={shown === name} onClick={() => setShown(name)}>
              {name === "drawing" ? "Drawing" : "List"}
            </button>
          ))}
          <button type="button" disabled={opened.size === 0} onClick={() => setOpened(new Set())}>
            Close all
          </button>
          <button type="button" disabled={opened === atStart} onClick={() => setOpened(atStart)}>
            As at the start
          </button>
        </div>
      </div>
      {words.trim() !== "" && (
        <>
          <p class="status" role="status">
            {found.length === 0 ? "Nothing is called so." : `${found.length} found${found.length > 20 ? ", the first 20:" : ":"}`}
          </p>
          <ul class="found">
            {found.slice(0, 20).map(({ name, operator }) => (
              <li key={name}>
                <button type="button" aria-pressed={selected === `node:${name}`} onClick={() => choose(`node:${name}`)}>
                  {name} <small>{operator}</small>
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
      <div class="graph-and-details">
        {shown === "drawing" ? (
          <GraphView visible={visible} selected={selected} onSelect={setSelected} onOpen={(group) => open([group])} />
        ) : (
          <GraphList
            graph={graph}
            root={root}
            opened={opened}
            selected={selected}
            onSelect={setSelected}
            onOpen={(group) => open([group])}
            onClose={close}
          />
        )}
        <NodeDetails
          graph={graph}
          root={root}
          opened={opened}
          selected={selected}
          onSelect={choose}
          onOpen={(group) => open([group])}
          onClose={close}
          onLayer={onLayer}
        />
      </div>
    </section>
  );
}
