import type { LabelledQuestion } from "../page/work.ts";

/** Settings that can be asked by several methods: the one chosen, and those beside it. */
export interface ComparedSettings<Name extends string = string> {
  readonly method: Name;
  readonly beside: readonly Name[];
}

interface Named<Name extends string = string> {
  readonly name: Name;
  readonly label: string;
}

/** The same question by every method that was ticked, each by its label. */
export function questionsOf<Settings extends ComparedSettings>(
  settings: Settings,
  methods: readonly Named<Settings["method"]>[],
): LabelledQuestion<Settings>[] {
  return chosenMethods(settings, methods).map(({ name, label }) => ({
    label,
    question: { ...settings, method: name, beside: [] },
  }));
}

/** The methods asked for, the chosen one first, the others in the order of the list. */
export function chosenMethods<Method extends Named>(
  { method, beside }: ComparedSettings,
  methods: readonly Method[],
): readonly Method[] {
  return [
    ...methods.filter(({ name }) => name === method),
    ...methods.filter(({ name }) => name !== method && beside.includes(name)),
  ];
}

/** The methods beside the chosen one, as {@link besideToAddress} writes them; names that are none of the list are left out. */
export function besideFromAddress<Name extends string>(
  text: string | null,
  method: Name,
  methods: readonly Named<Name>[],
): readonly Name[] {
  const names = text?.split(",") ?? [];
  return methods.map(({ name }) => name).filter((name) => name !== method && names.includes(name));
}

export function besideToAddress(beside: readonly string[]): string {
  return beside.join(",");
}
