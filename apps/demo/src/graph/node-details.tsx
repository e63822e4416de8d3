import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { shapeText } from "../rooms/model-settings.ts";
import { gradientWords } from "./gradient-words.ts";
import type { GraphNode, ModelGraph } from "./model-graph.ts";
import { type Group, groupsAround, nodesIn, type TreeItem } from "./scope-tree.ts";

interface Props {
  readonly graph: ModelGraph;
  readonly root: Group;
  readonly opened: ReadonlySet<string>;
  /** The id of a box. */
  readonly selected: string | undefined;
  readonly onSelect: (id: string) => void;
  readonly onOpen: (group: string) => void;
  readonly onClose: (group: string) => void;
  readonly onLayer: (value: string) => void;
}

/** What is known of the box that is chosen: what it reads and makes, its settings, its gradient, and the ways from there. */
export function NodeDetails(props: Props): JSX.Element {
  const { graph, root, opened, selected, onClose } = props;
  const makers = useMemo(
    () => new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const))),
    [graph],
  );
  const item = useMemo(() => (selected === undefined ? undefined : itemWith(root, selected)), [root, selected]);
  const around = selected === undefined ? [] : (groupsAround(root, selected) ?? []).filter(({ id }) => opened.has(id));
  return (
    <section class="details" aria-label="The chosen node" aria-live="polite">
      {item === undefined ? (
        <Value {...props} makers={makers} />
      ) : item.kind === "node" ? (
        <Node {...props} node={item.node} makers={makers} />
      ) : (
        <GroupOf {...props} group={item} />
      )}
      <div class="actions">
        {around.map(({ id, label }) => (
          <button key={id} type="button" onClick={() => onClose(id)}>
            Close “{label}”
          </button>
        ))}
      </div>
    </section>
  );
}

type Inner = Props & { readonly makers: ReadonlyMap<string, GraphNode> };

/** An input or an output, or nothing yet. */
function Value({ graph, selected, makers, onSelect }: Inner): JSX.Element {
  const [kind, name = ""] = selected?.split(/:(.*)/s) ?? [];
  if (kind !== "input" && kind !== "output") return <p class="note">Choose a node to see what it reads, makes and is set to.</p>;
  const maker = makers.get(name);
  return (
    <>
      <h4>
        {name} <small>{kind} of the model</small>
      </h4>
      <p>{valueText(graph, name)}</p>
      {maker !== undefined && (
        <button type="button" onClick={() => onSelect(`node:${maker.name}`)}>
          Made by {maker.name}
        </button>
      )}
    </>
  );
}

function Node({ graph, node, makers, onSelect, onLayer }: Inner & { readonly node: GraphNode }): JSX.Element {
  const { name, operator, inputs, outputs, attributes, parameters, gradient, because } = node;
  const settings = Object.entries(attributes);
  return (
    <>
      <h4>
        {name} <small>{operator}</small>
      </h4>
      <p class={`gradient ${gradient}`}>
        {gradientWords[gradient]}
        {because !== undefined && `: ${because}`}
      </p>
      {parameters > 0 && <p>{parameters.toLocaleString("en")} parameters</p>}
      <h5>Reads</h5>
      <ul>
        {inputs.length === 0 && <li>nothing but weights</li>}
        {inputs.map((input) => {
          const maker = makers.get(input);
          return (
            <li key={input}>
              <button type="button" onClick={() => onSelect(maker === undefined ? `input:${input}` : `node:${maker.name}`)}>
                {input}
              </button>{" "}
              {valueText(graph, input)}
            </li>
          );
        })}
      </ul>
      <h5>Makes</h5>
      <ul>
        {outputs.map((output) => (
          <li key={output}>
            <code>{output}</code> {valueText(graph, output)}
            {isLayer(graph, output) && (
              <>
                {" "}
                <button type="button" onClick={() => onLayer(output)}>
                  Explain at this layer
                </button>
              </>
            )}
          </li>
        ))}
      </ul>
      {settings.length > 0 && (
        <table>
          <caption>Settings</caption>
          <tbody>
            {settings.map(([setting, text]) => (
              <tr key={setting}>
                <th scope="row">{setting}</th>
                <td>{text}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function GroupOf({ group, opened, onOpen }: Props & { readonly group: Group }): JSX.Element {
  const nodes = nodesIn(group);
  const counts = new Map<string, number>();
  for (const { operator } of nodes) counts.set(operator, (counts.get(operator) ?? 0) + 1);
  const operators = [...counts].sort((a, b) => b[1] - a[1]).map(([operator, count]) => `${count} × ${operator}`);
  const parameters = nodes.reduce((sum, node) => sum + node.parameters, 0);
  const uncovered = nodes.filter(({ gradient }) => gradient === "none").length;
  return (
    <>
      <h4>
        {group.label} <small>{group.count} nodes</small>
      </h4>
      <p>{operators.slice(0, 12).join(", ")}</p>
      {parameters > 0 && <p>{parameters.toLocaleString("en")} parameters</p>}
      {uncovered > 0 && <p class="gradient none">{uncovered} of them without a gradient</p>}
      {!opened.has(group.id) && (
        <button type="button" class="main" onClick={() => onOpen(group.id)}>
          Open
        </button>
      )}
    </>
  );
}

/** A value that can be attributed to: one of floats, between the inputs and the outputs. */
function isLayer({ inputs, outputs, values }: ModelGraph, name: string): boolean {
  const value = values[name];
  const isFloat = value !== undefined && (value.dtype === undefined || value.dtype.startsWith("float"));
  return isFloat && !inputs.includes(name) && !outputs.includes(name);
}

function valueText({ values }: ModelGraph, name: string): string {
  const value = values[name];
  return value === undefined ? "" : `${value.dtype ?? ""} ${shapeText(value)}`.trim();
}

function itemWith(root: Group, id: string): TreeItem | undefined {
  const stack: TreeItem[] = [...root.items];
  for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
    if (item.id === id) return item;
    if (item.kind === "group") stack.push(...item.items);
  }
  return undefined;
}
