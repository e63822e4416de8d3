import { describe, test } from "vitest";
import { describeCoreMethods } from "./core-methods.ts";

describeCoreMethods("the host", { describe, test });
