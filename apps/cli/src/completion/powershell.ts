import { briefly, type CompletableCommand, otherFirstWords, typedForms, valueKind } from "./words.ts";

/** The completions for PowerShell 5 and later. Files and folders are left to the shell. */
export function powershellCompletion(commands: readonly CompletableCommand[]): string {
  const first = [
    ...commands.map(({ name, summary }) => [name, summary] as const),
    ...otherFirstWords.map((word) => [word, word] as const),
  ];
  const tables = commands.map(({ name, options, operand }) => {
    const forms = options.flatMap((option) => typedForms(option).map((form) => [form, briefly(option.help)] as const));
    const values = options
      .filter(({ type }) => type === "string")
      .flatMap((option) => {
        const kind = valueKind(option);
        const list = Array.isArray(kind) ? `@(${kind.map(quoted).join(", ")})` : "$null";
        return typedForms(option).map((form) => `${quoted(form)} = ${list}`);
      });
    const operands = Array.isArray(operand) ? operand.map(quoted).join(", ") : "";
    return `    ${quoted(name)} = @{ Options = ${table(forms)}; Values = @{ ${values.join("; ")} }; Operands = @(${operands}) }`;
  });
  return `# Completion of attr for PowerShell: attr completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName attr -ScriptBlock {
  param($word, $ast, $cursor)
  $first = ${table(first)}
  $commands = @{
${tables.join("\n")}
  }
  $words = @($ast.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursor -or ($_.Extent.EndOffset -eq $cursor -and $word -eq '') } | ForEach-Object { "$_" })
  $offered = [ordered]@{}
  if ($words.Count -le 1) { $offered = $first }
  elseif ($words[1] -eq 'help') { foreach ($name in $commands.Keys) { $offered[$name] = $first[$name] } }
  elseif ($commands.ContainsKey($words[1])) {
    $command = $commands[$words[1]]
    $before = $words[-1]
    if ($command.Values.ContainsKey($before)) {
      if ($null -eq $command.Values[$before]) { return }
      foreach ($value in $command.Values[$before]) { $offered[$value] = $value }
    }
    elseif ($word -like '-*') { $offered = $command.Options }
    elseif ($command.Operands.Count -gt 0) { foreach ($value in $command.Operands) { $offered[$value] = $value } }
    elseif ($word -eq '') { $offered = $command.Options }
  }
  $offered.Keys | Where-Object { $_ -like "$word*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $offered[$_])
  }
}
`;
}

function table(entries: readonly (readonly [string, string])[]): string {
  return `[ordered]@{ ${entries.map(([key, value]) => `${quoted(key)} = ${quoted(value)}`).join("; ")} }`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
