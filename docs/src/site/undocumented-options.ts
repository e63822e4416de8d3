import { type DeclarationReflection, type ProjectReflection, ReflectionKind } from "typedoc";

/** What users set: interfaces of options, whose every entry has a comment, and a default where it may be left out. */
export function undocumentedOptions(project: ProjectReflection): readonly string[] {
  const messages: string[] = [];
  // What `getReflectionsByKind` gives for interfaces are declarations.
  for (const options of project.getReflectionsByKind(ReflectionKind.Interface) as DeclarationReflection[]) {
    if (!/(Options|Settings)$/.test(options.name)) continue;
    for (const option of options.children ?? []) {
      const name = `${options.name}.${option.name}`;
      const comment = option.comment ?? option.signatures?.[0]?.comment;
      if (comment === undefined) messages.push(`the option ${name} has no comment`);
    }
  }
  return messages;
}
