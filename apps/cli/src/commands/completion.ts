import { bashCompletion } from "../completion/bash.ts";
import { fishCompletion } from "../completion/fish.ts";
import { powershellCompletion } from "../completion/powershell.ts";
import { type CompletableCommand, completableCommands } from "../completion/words.ts";
import { zshCompletion } from "../completion/zsh.ts";
import type { RunnableCommand } from "./command.ts";

const shells: Readonly<Record<string, (commands: readonly CompletableCommand[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
  powershell: powershellCompletion,
};

/** `attr completion`: what a shell needs to complete the commands, their options and the values these take. */
export const completion: RunnableCommand = {
  name: "completion",
  summary: "Prints a script that completes attr's commands, options and values in a shell.",
  usage: "attr completion SHELL",
  operand: "SHELL",
  operandChoices: Object.keys(shells),
  options: [],
  examples: [
    "source <(attr completion bash)  # in ~/.bashrc; for zsh in ~/.zshrc, after compinit",
    "attr completion fish > ~/.config/fish/completions/attr.fish",
    "attr completion powershell | Out-String | Invoke-Expression  # in $PROFILE",
  ],
  async run({ given, terminal, program }) {
    terminal.out(shells[given.operand]!(completableCommands(program.commands)));
  },
};
