import { defineNodeProject } from "../tools/vitest-project.ts";

export default defineNodeProject("examples", { include: ["examples.test.ts"] });
