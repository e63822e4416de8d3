import { describe, test } from "vitest";
import { describeNetworks } from "../suites/networks.ts";
import { hostNetwork } from "./host-network.ts";

describeNetworks("the host", {
  describe,
  test,
  realise: (network) => hostNetwork(network),
  tolerance: 1e-12,
  step: 1e-5,
  differenceTolerance: 1e-7,
  kinkTolerance: 1e-7,
  oracle: () => undefined, // it is the oracle of others
});
