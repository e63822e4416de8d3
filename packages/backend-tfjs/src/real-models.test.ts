import "@tensorflow/tfjs-backend-wasm";
import { describeRealModels } from "./real-models.contract.fixture.ts";

describeRealModels("wasm");
