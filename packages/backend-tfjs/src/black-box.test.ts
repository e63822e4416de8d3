import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import { describeBlackBoxes } from "./black-box.contract.fixture.ts";

describeBlackBoxes("cpu");
describeBlackBoxes("wasm");
