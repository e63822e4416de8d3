import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import "@tensorflow/tfjs-layers";
import { describeGradients } from "./gradients.contract.fixture.ts";

describeGradients("cpu");
describeGradients("wasm");
