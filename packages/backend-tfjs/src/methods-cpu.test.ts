import "@tensorflow/tfjs-backend-cpu";
import { describeMethods } from "./methods.contract.fixture.ts";

describeMethods("cpu");
