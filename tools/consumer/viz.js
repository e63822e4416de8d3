// A plain script of someone who installed @attr/viz: one document in every form.
import assert from "node:assert/strict";
import { toAnsi, toHtml, toSvg } from "@attr/viz";

const document = {
  kind: "text",
  title: "Why the model answers Sue",
  explained: 'the log-probability of "Sue"',
  unit: "nats",
  method: "FeatureAblation",
  pieces: [{ text: "Sue", feature: 0 }, { text: " has the " }, { text: "kite", feature: 1 }],
  features: ["Sue", "kite"],
  rows: [{ label: "the whole answer", scores: [2.5, -0.25] }],
  notes: [],
};
assert.match(toAnsi(document), /kite/);
assert.match(toHtml(document), /^<!doctype html>/i);
assert.match(toSvg(document), /^<svg/);
