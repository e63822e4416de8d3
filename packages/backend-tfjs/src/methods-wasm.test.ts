import "@tensorflow/tfjs-backend-wasm";
import { describeMethods } from "./methods.contract.fixture.ts";

describeMethods("wasm");
