import type { Option } from "../arguments.ts";
import { briefly, type CompletableCommand, otherFirstWords, typedForms, valueKind } from "./words.ts";

/** The completions for zsh: as a file `_attr` on its `fpath`, or sourced after `compinit`. */
export function zshCompletion(commands: readonly CompletableCommand[]): string {
  const described = commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`);
  const cases = commands.map(({ name, options, operand, operands }) => {
    const specs = options.map((option) => `        ${specOf(option)}`);
    if (operand !== undefined) specs.push(`        ${quoted(`${operands > 1 ? "*" : "1"}:${name}:${actionOf(operand)}`)}`);
    return [`    ${name})`, "      _arguments -s -S \\", `${specs.join(" \\\n")}`, "      ;;"].join("\n");
  });
  return `#compdef attr
# Completion of attr for zsh: source <(attr completion zsh), or save it as _attr in a folder of fpath
_attr() {
  local -a commands
  commands=(
${described.join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    compadd -- ${otherFirstWords.join(" ")}
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
    help)
      _describe command commands
      ;;
${cases.join("\n")}
  esac
}
if [ "$funcstack[1]" = "_attr" ]; then
  _attr "$@"
else
  compdef _attr attr
fi
`;
}

function specOf(option: Option): string {
  const forms = typedForms(option);
  const help = `[${briefly(option.help).replace(/[[\]\\]/g, "\\$&")}]`;
  const value = option.type === "boolean" ? "" : `:${option.value ?? "value"}:${actionOf(valueKind(option))}`;
  if (option.multiple === true) return forms.map((form) => quoted(`*${form}${help}${value}`)).join(" ");
  if (forms.length === 1) return quoted(`${forms[0]}${help}${value}`);
  return forms.map((form) => quoted(`(${forms.join(" ")})${form}${help}${value}`)).join(" ");
}

function actionOf(kind: readonly string[] | "file" | "folder" | undefined): string {
  if (kind === undefined) return " ";
  if (typeof kind === "string") return kind === "file" ? "_files" : "_files -/";
  return `(${kind.join(" ")})`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
