import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import "@tensorflow/tfjs-layers";
import { describeOperations } from "./operations.contract.fixture.ts";

describeOperations("cpu");
describeOperations("wasm");
