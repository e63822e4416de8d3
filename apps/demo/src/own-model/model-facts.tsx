import type { ValueInfo } from "@attr/core";
import type { JSX } from "preact";
import { shapeText } from "../rooms/model-settings.ts";
import type { ModelReport } from "./model-report.ts";

/** Inner values that are listed; a network may have tens of thousands. */
const most = 1000;

const passes = { rule: "passes through", flat: "ends here: the result moves in steps", none: "has no rule" } as const;

/** What a model's file holds: its size, inputs, outputs, operators, layers, and how far it can be differentiated. */
export function ModelFacts({ report }: { readonly report: ModelReport }): JSX.Element {
  const { gradient, inputs, outputs, inner, notes, graph, labels } = report;
  return (
    <section aria-labelledby="model-title">
      <h2 id="model-title">{report.name}</h2>
      <p>
        {[
          `${report.kind}, ${bytesText(report.bytes)}`,
          `${report.parameters.toLocaleString("en")} parameters, ${graph.nodes.length} nodes`,
          ...report.about,
          ...(labels === undefined ? [] : [`${labels.length} labels`]),
        ].join("; ")}
        .
      </p>
      <p class="note">Runs on {report.runsOn}.</p>
      {notes.map((note) => (
        <p class="note" key={note}>
          {note}
        </p>
      ))}
      <div class="row">
        <Values caption="Inputs" values={inputs} />
        <Values caption="Outputs" values={outputs} />
      </div>
      <h3>Gradients{gradient.of !== undefined && ` of “${gradient.of}”`}</h3>
      <ul>
        {gradient.inputs.map(({ input, gradient: exists, because, nearest }) => (
          <li key={input}>
            by <code>{input}</code>: {exists ? "yes" : `no, ${because ?? "it has none"}`}
            {!exists && nearest !== undefined && (
              <>
                ; the nearest value with a gradient is <code>{nearest}</code>: choose it as the layer
              </>
            )}
          </li>
        ))}
      </ul>
      {gradient.uncovered.length > 0 && (
        <p class="note">{gradient.uncovered.length} nodes have no gradient rule. Methods that take pieces away need none.</p>
      )}
      <details>
        <summary>Operators ({gradient.operators.length})</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard */}
        <section class="scroll" tabIndex={0} aria-label="Operators">
          <table>
            <thead>
              <tr>
                <th scope="col">operator</th>
                <th scope="col">nodes</th>
                <th scope="col">the gradient</th>
              </tr>
            </thead>
            <tbody>
              {gradient.operators.map(({ operator, count, gradient: how }) => (
                <tr key={operator}>
                  <th scope="row">{operator}</th>
                  <td>{count}</td>
                  <td>{passes[how]}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </details>
      <details>
        <summary>Layers ({inner.length})</summary>
        <Values
          caption={inner.length > most ? `The first ${most} of ${inner.length}` : "In the order they are computed"}
          values={inner.slice(0, most)}
        />
      </details>
    </section>
  );
}

function Values({ caption, values }: { readonly caption: string; readonly values: readonly ValueInfo[] }): JSX.Element {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
    <section class="scroll values" tabIndex={0} aria-label={caption}>
      <table>
        <caption>{caption}</caption>
        <tbody>
          {values.map((value) => (
            <tr key={value.name}>
              <th scope="row">{value.name}</th>
              <td>{value.dtype ?? "unknown type"}</td>
              <td>{shapeText(value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  const power = Math.min(3, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toFixed(1)} ${["kB", "MB", "GB"][power - 1]}`;
}
