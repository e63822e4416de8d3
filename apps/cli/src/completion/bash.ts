import { type CompletableCommand, otherFirstWords, typedForms, valueKind } from "./words.ts";

/** The completions for bash 3.2 and later. */
export function bashCompletion(commands: readonly CompletableCommand[]): string {
  const names = commands.map(({ name }) => name);
  const values = commands.flatMap(({ name, options }) =>
    options
      .filter(({ type }) => type === "string")
      .map((option) => {
        const patterns = typedForms(option).map((form) => `"${name} ${form}"`);
        return `    ${patterns.join(" | ")}) ${offer(valueKind(option))} ;;`;
      }),
  );
  const words = commands.map(({ name, options, operand }) => {
    const forms = options.flatMap(typedForms);
    return [
      `    ${name})`,
      `      case "$word" in`,
      `        -*) ${offer(forms)} ;;`,
      `        *) ${operand === undefined ? offer(forms) : offer(operand)} ;;`,
      "      esac",
      "      ;;",
    ].join("\n");
  });
  return `# Completion of attr for bash: source <(attr completion bash)
_attr_words() {
  COMPREPLY=($(compgen -W "$1" -- "$word")) || :
}
_attr_paths() {
  compopt -o filenames 2>/dev/null || :
  COMPREPLY=($(compgen "$1" -- "$word")) || :
}
_attr() {
  local IFS=$'\\n' word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]}
  COMPREPLY=()
  # bash takes --method=lime apart into three words
  if [ "$word" = "=" ]; then word=""
  elif [ "$before" = "=" ]; then before=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  if [ "$COMP_CWORD" -eq 1 ]; then
    ${offer([...names, ...otherFirstWords])}
    return
  fi
  case "$command $before" in
    "help help") ${offer(names)}; return ;;
${values.map((line) => line.replace(/ ;;$/, "; return ;;")).join("\n")}
  esac
  case "$command" in
${words.join("\n")}
  esac
}
complete -F _attr attr
`;
}

function offer(kind: readonly string[] | "file" | "folder" | undefined): string {
  if (kind === undefined) return ":";
  if (typeof kind === "string") return `_attr_paths ${kind === "file" ? "-f" : "-d"}`;
  return `_attr_words $'${kind.join("\\n")}'`;
}
