import { join } from "node:path";
import { mergeConfig } from "vitest/config";
import { defineNodeProject } from "../../tools/vitest-project.ts";

/** A folder that scripts/build-tfjs-node.sh made: the package is taken from there, as if it were installed. */
const built = process.env["ATTR_TFJS_NODE"];

export default mergeConfig(defineNodeProject("@attr/backend-tfjs"), {
  resolve: {
    alias:
      built === undefined ? {} : { "@tensorflow/tfjs-node": join(built, "node_modules/@tensorflow/tfjs-node/dist/index.js") },
  },
});
