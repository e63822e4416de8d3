import "@tensorflow/tfjs-backend-wasm";
import { describeSmallModels } from "./tfjs-model.contract.fixture.ts";

describeSmallModels("wasm");
