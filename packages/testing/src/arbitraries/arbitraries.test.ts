import { hostBackend, resolveFeatureMask, resolveTarget } from "@attr/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { coalitions } from "./coalitions.ts";
import { featureMasks } from "./masks.ts";
import { targets } from "./targets.ts";

const shapes = { x: [2, 3], y: [4] };

test("every drawn mask, target and coalition is one that core takes", () => {
  const zeros = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, hostBackend.broadcastTo(hostBackend.from(0), [2, ...shape])]),
  );
  fc.assert(
    fc.property(featureMasks(shapes), (mask) => {
      expect(resolveFeatureMask(zeros, mask, 2).players).toBeGreaterThan(0);
    }),
  );
  fc.assert(
    fc.property(targets([3], 2), targets([2, 4], 2), (line, plane) => {
      expect(resolveTarget(line, [2, 3], 2, "out").outputs).toBeGreaterThan(0);
      expect(resolveTarget(plane, [2, 2, 4], 2, "out").outputs).toBeGreaterThan(0);
    }),
  );
  fc.assert(
    fc.property(coalitions(5), (rows) => {
      expect(rows.columns).toBe(5);
    }),
  );
});
