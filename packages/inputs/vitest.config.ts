import { defineNodeProject } from "../../tools/vitest-project.ts";

export default defineNodeProject("@attr/inputs");
