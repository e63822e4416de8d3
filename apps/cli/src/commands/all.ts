import { choice } from "./choice.ts";
import type { RunnableCommand } from "./command.ts";
import { completion } from "./completion.ts";
import { demo } from "./demo.ts";
import { gradient } from "./gradient.ts";
import { image } from "./image.ts";
import { inspect } from "./inspect.ts";
import { layers } from "./layers.ts";
import { llm } from "./llm.ts";
import { serve } from "./serve.ts";
import { tabular } from "./tabular.ts";

/** Every command, in the order in which the help text has them. */
export const commands: readonly RunnableCommand[] = [
  demo,
  llm,
  choice,
  image,
  tabular,
  layers,
  inspect,
  gradient,
  serve,
  completion,
];
