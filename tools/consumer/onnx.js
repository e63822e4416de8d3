// A plain script of someone who installed @attr/backend-onnx and onnxruntime-node: y = 2a - 3b, made and explained here.
import assert from "node:assert/strict";
import { OnnxModel, writeModel } from "@attr/backend-onnx";
import { FeatureAblation } from "@attr/core";
