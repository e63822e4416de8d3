import "@tensorflow/tfjs-backend-cpu";
import { describeSmallModels } from "./tfjs-model.contract.fixture.ts";

describeSmallModels("cpu");
