import type { Command, Option } from "../../apps/cli/src/arguments.ts";
import { optionsOf } from "../../apps/cli/src/arguments.ts";
import { optionHelp, optionTerm } from "../../apps/cli/src/command-help.ts";
import { commands } from "../../apps/cli/src/commands/all.ts";
import { configurable, variableOf } from "../../apps/cli/src/config/configurable.ts";
import { exitCodesInWords } from "../../apps/cli/src/exit-codes.ts";
import { endpoints } from "../../apps/cli/src/serve/describe-api.ts";
import { markdownTable } from "./markdown-table.ts";

/** The configuration that the page shows. */
export const shownConfig: object = {
  $schema: "./node_modules/@attr/cli/attr.config.schema.json",
  all: { seed: 7 },
  llm: { method: "shapley-value-sampling", samples: 100, by: "sentence" },
  serve: { port: 8080, models: "./models" },
};

const question = "Tom has a red ball. Sue has a blue kite. Question: Who has the kite? Answer:";

/** A program that starts the server and asks it. */
const exampleClient = `import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const server = spawn("attr", ["serve", "--json", "-"], { stdio: ["ignore", "pipe", "inherit"] });
const [line] = await once(createInterface({ input: server.stdout }), "line");
const { address, token } = JSON.parse(line);

const response = await fetch(new URL("api/llm", address), {
  method: "POST",
  headers: { authorization: \`Bearer \${token}\`, "content-type": "application/json" },
  body: JSON.stringify({ prompt: "${question}" }),
});
const result = await response.json();
console.log(result.outputText, result.sequenceAttributions);

const kept = new URL(response.headers.get("content-location") ?? "", address);
kept.searchParams.set("as", "svg");
console.log((await (await fetch(kept)).text()).length);
server.kill("SIGINT");`;

/** The page of the command line, written from the data that the parser, the help texts and the API are made of. */
export function commandLinePage(): string {
  return [
    "# The command line",
    "",
    "```sh",
    "npm install --global @attr/cli",
    "attr demo",
    "```",
    "",
    "`attr --help` lists the commands, `attr COMMAND --help` what each takes. Everything runs on this machine; nothing is sent anywhere.",
    "",
    ...markdownTable(
      ["command", "what it does"],
      commands.map(({ name, summary }) => [`[\`attr ${name}\`](#attr-${name})`, summary]),
    ),
    "",
    "Results go to the standard output, all else to the standard error. Progress and colour are for terminals: a pipe gets neither,",
    "`--color` and `--no-color` say otherwise, and `NO_COLOR` and `FORCE_COLOR` in the environment are heeded.",
    "",
    ...jsonSection(),
    ...exitSection(),
    ...settingsSection(),
    ...completionSection(),
    ...serveSection(),
    "## Commands",
    "",
    "Beside its own options every command takes these:",
    "",
    ...optionsTable(commonOptions()),
    "",
    ...commands.flatMap(commandSection),
  ]
    .join("\n")
    .replace(/\n+$/, "\n");
}

function jsonSection(): readonly string[] {
  return [
    "## Results as data",
    "",
    "`--json FILE` writes what a command found as JSON, `--json -` to the standard output in place of the text. The object says in `schema`",
    "what it is: a [result](results.md) that loads back (`attr.llm/1`, `attr.choice/1`, `attr.result/1`, which `attr image` and `attr tabular`",
    "give with what they know beside it in `about`), or a report (`attr.inspect/1`, `attr.layers/1`, `attr.demo/1`, `attr.gradient/1`,",
    "`attr.serve/1`, `attr.version/1`).",
    "",
    "```sh",
    `attr llm --prompt "${question}" --target " Sue" --json result.json`,
    "attr demo --json - > demo.json",
    "attr --version --json -",
    "```",
    "",
    "With `--json -` an error is data too, beside its sentence on the standard error:",
    "",
    "```json",
    JSON.stringify(
      {
        schema: "attr.error/1",
        command: "llm",
        kind: "UsageError",
        message: "--prompt is missing: the text the model reads",
        exitCode: 2,
      },
      null,
      2,
    ),
    "```",
    "",
  ];
}

function exitSection(): readonly string[] {
  return [
    "## Exit codes",
    "",
    ...markdownTable(
      ["code", "meaning"],
      exitCodesInWords.map(([code, meaning]) => [String(code), meaning]),
    ),
    "",
    "The first Ctrl-C lets a command end in order; a second one ends it at once.",
    "",
  ];
}

function settingsSection(): readonly string[] {
  const llm = commands.find(({ name }) => name === "llm")!;
  const samples = optionsOf(llm).find(({ name }) => name === "samples")!;
  return [
    "## Settings",
    "",
    "What the command line leaves out is looked for in the environment, then in `attr.config.json`: the one in the working folder or in the",
    "nearest folder above it, or the one that `--config FILE` or `ATTR_CONFIG` names. `--no-config` takes none.",
    "",
    ...markdownTable(
      ["first that says it", "an example"],
      [
        ["the command line", "`--samples 200`"],
        ["the environment", `\`${variableOf(llm, samples)}=200\``],
        ["the command's section of the file", '`"llm": { "samples": 200 }`'],
        ['the section `"all"` of the file', '`"all": { "samples": 200 }`'],
        ["the default", "what `--help` says"],
      ],
    ),
    "",
    "```json",
    JSON.stringify(shownConfig, null, 2),
    "```",
    "",
    "- Keys are the options' names. Numbers are numbers, flags are `true` or `false`, what may be given several times is a list.",
    "- Paths are those beside the file.",
    "- What names a file to write (`--json`, `--html`, `--svg`, `--out`) stands on the command line alone.",
    "- A setting in `all`, or one that does not fit what is typed, gives way; typing what does not fit is an error.",
    "- A wrong key or value is an error that names the file, the key, what was got and the nearest right key, whichever command runs.",
    "- `$schema` lets editors complete and check the file; the schema lies in the package.",
    "",
    "In the environment a variable is `ATTR_`, the command, and the option: `ATTR_LLM_MAX_NEW_TOKENS`. Flags are `1` or `0`; lists have an entry",
    "a line.",
    "",
    "```sh",
    `ATTR_LLM_BY=sentence attr llm --prompt "${question}"`,
    "```",
    "",
  ];
}

function completionSection(): readonly string[] {
  return [
    "## Completion",
    "",
    "`attr completion SHELL` prints a script that completes commands, options and the values they take.",
    "",
    ...markdownTable(
      ["shell", "how to have it"],
      [
        ["bash", "`source <(attr completion bash)` in `~/.bashrc`"],
        ["zsh", "`source <(attr completion zsh)` in `~/.zshrc`, after `compinit`; or saved as `_attr` in a folder of `fpath`"],
        ["fish", "`attr completion fish > ~/.config/fish/completions/attr.fish`"],
        ["PowerShell", "`attr completion powershell \\| Out-String \\| Invoke-Expression` in `$PROFILE`"],
      ],
    ),
    "",
    "```sh",
    "attr completion bash > attr.bash",
    "attr completion fish > attr.fish",
    "```",
    "",
  ];
}

function serveSection(): readonly string[] {
  const program = { version: "", commands };
  return [
    "## A page and an API of one's own",
    "",
    "`attr serve` prints the address of a page, with a token behind the `#`. `attr serve --open` opens it; `--models DIR` serves the models in and",
    "below a folder in place of the embedded ones. The page asks the same API as any program:",
    "",
    ...markdownTable(
      ["request", "what it gives"],
      endpoints(program).map(({ method, path, says }) => [`\`${method} ${path}\``, escaped(says)]),
    ),
    "",
    "The body of `POST /api/llm` and `POST /api/choice` has the options of `attr llm` and `attr choice` by their names; `model` is a name that",
    '`GET /api/models` gives. `POST /api/attribute` takes tensors: `{ "model", "feeds", "method", "target", "settings" }`, each feed nested',
    "arrays or `{ shape, data }`, and gives `attr.result/1`. `GET /api` has the schema of each body.",
    "",
    "```ts",
    exampleClient,
    "```",
    "",
    "`Accept: application/x-ndjson` (a line of JSON an event) or `text/event-stream` gives `waiting` and `progress` events before the `result` or",
    "the `problem`. A request whose client goes away stops computing.",
    "",
    "An error is `application/problem+json` with the sentence in `detail`:",
    "",
    ...markdownTable(
      ["status", "why"],
      [
        ["400", "the body or the query is wrong; the sentence names the field"],
        ["401", "the token is missing or wrong"],
        ["403", "a page of another origin asks, or a model's folder leads out of the served one"],
        ["404, 405", "there is no such thing, or it takes another method"],
        ["406", "the result has no such form"],
        ["408", "the request did not arrive whole within 30 seconds"],
        ["413", "the body is larger than 1 MiB, or 32 MiB for tensors"],
        ["415", "the body is not `application/json`"],
        ["421", "the `Host` is not this machine's loopback"],
        ["422", "the model cannot do what is asked"],
        ["503", "eight requests wait already; `Retry-After` says when to ask again"],
        ["504", "the model worked longer than `--timeout`"],
      ],
    ),
    "",
    "What it protects from: it listens on loopback alone and answers to loopback names alone, so that no page elsewhere reaches it by a name made",
    "to point here. Whatever is not `GET` needs the token and comes from its own page or from none; there are no CORS headers. Models are found",
    "inside `--models` alone, links followed. One model runs at a time, and bodies, waiting, working and what is kept are bounded. Other programs of the",
    "same user can read the token; other users of the machine can read the models' names and descriptions, and nothing that was asked.",
    "",
  ];
}

/** What every command has, told once. */
function commonOptions(): readonly Option[] {
  const [first, ...others] = commands.map((command) =>
    optionsOf(command).filter((option) => !configurable(command).includes(option)),
  );
  return first!.filter(({ name }) => others.every((options) => options.some((option) => option.name === name)));
}

function commandSection(command: Command): readonly string[] {
  const common = new Set(commonOptions().map(({ name }) => name));
  const own = optionsOf(command).filter(({ name }) => !common.has(name));
  return [
    `### attr ${command.name}`,
    "",
    command.summary,
    "",
    "```text",
    command.usage,
    "```",
    "",
    ...(own.length === 0 ? [] : [...optionsTable(own), ""]),
    "```text",
    ...command.examples,
    "```",
    "",
  ];
}

function optionsTable(options: readonly Option[]): readonly string[] {
  return markdownTable(
    ["option", "what it says"],
    options.map((option) => {
      const short = option.short === undefined ? "" : `\`-${option.short}\`, `;
      return [
        `${short}\`--${optionTerm(option)}\``,
        escaped(optionHelp(option)) + (option.multiple === true ? "; may be given several times" : ""),
      ];
    }),
  );
}

/** Text in a cell: no mark of it is Markdown or HTML. */
function escaped(text: string): string {
  return text.replace(/[\\|<>*_`[\]{}]/g, "\\$&");
}
