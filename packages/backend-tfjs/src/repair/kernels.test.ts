import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import { describeKernels } from "./kernels.contract.fixture.ts";

describeKernels("cpu");
describeKernels("wasm");
