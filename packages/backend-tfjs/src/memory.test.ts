import "@tensorflow/tfjs-backend-cpu";
import { describeMemory } from "./memory.contract.fixture.ts";

describeMemory("cpu");
