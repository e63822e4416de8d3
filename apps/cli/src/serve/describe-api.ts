import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { allMethods, methodSettings } from "@attr/core/catalogue";
import type { Command } from "../arguments.ts";
import type { Program } from "../commands/command.ts";
import { settingSchema } from "../config/config-schema.ts";
import type { ServeLimits } from "./serve-limits.ts";
import { tensorFields } from "./tensor-question.ts";
import { questionOptions, requiredFields } from "./text-question.ts";

/** One thing that can be asked for. */
export interface Endpoint {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly says: string;
  /** The JSON Schema of the body. */
  readonly body?: object | undefined;
}

/** Everything that can be asked for, made of the same data as the command line. */
export function endpoints({ commands }: Program): readonly Endpoint[] {
  const body = (name: string): object => questionSchema(commands.find((entry) => entry.name === name)!);
  return [
    { method: "GET", path: "/api", says: "what can be asked for (attr.api/1)" },
    { method: "GET", path: "/api/models", says: "the models that are served, with their kinds (attr.models/1)" },
    {
      method: "GET",
      path: "/api/models/{name}",
      says: "what a model takes, gives and consists of, and which gradients exist (attr.inspect/1); ?of=VALUE differentiates another value",
    },
    {
      method: "POST",
      path: "/api/llm",
      says: "which words of a prompt made a language model answer as it did (attr.llm/1)",
      body: body("llm"),
    },
    {
      method: "POST",
      path: "/api/choice",
      says: "why a model chose one option and not another (attr.choice/1)",
      body: body("choice"),
    },
    {
      method: "POST",
      path: "/api/attribute",
      says: "what each element of a model's inputs adds to its output (attr.result/1)",
      body: tensorSchema(),
    },
    {
      method: "GET",
      path: "/api/results/{id}",
      says: "one of the last results, at the address that Content-Location gave; ?as=json, document, html, svg or text; with &token=K, &explain=K and &versus=K as on the command line",
    },
  ];
}

/** What `GET /api` gives. */
export async function describeApi(program: Program, limits: ServeLimits): Promise<object> {
  return {
    schema: "attr.api/1",
    versions: { attr: program.version, node: process.versions.node, "onnxruntime-node": await versionOf("onnxruntime-node") },
    endpoints: endpoints(program),
    methods: Object.fromEntries(allMethods.map(({ name, settings }) => [name, settings])),
    progress: "Accept: application/x-ndjson or text/event-stream gives events: waiting, progress, then result or problem",
    authorization: "whatever is not GET needs Authorization: Bearer TOKEN, and no Origin but this server's",
    limits,
  };
}

function questionSchema(command: Command): object {
  const options = questionOptions(command);
  return {
    type: "object",
    properties: Object.fromEntries(options.map((option) => [option.name, settingSchema(option)])),
    required: requiredFields(command),
    additionalProperties: false,
  };
}

function tensorSchema(): object {
  const described = Object.entries(tensorFields).map(([name, description]) => [name, { description }] as const);
  const settings = Object.entries(methodSettings).map(([name, { help }]) => [name, { description: help }] as const);
  return {
    type: "object",
    properties: {
      ...Object.fromEntries(described),
      method: { description: "the attribution method", enum: allMethods.map(({ name }) => name) },
      settings: { type: "object", description: tensorFields.settings, properties: Object.fromEntries(settings) },
    },
    required: ["model", "feeds", "method"],
    additionalProperties: false,
  };
}

async function versionOf(name: string): Promise<string | undefined> {
  const path = createRequire(import.meta.url).resolve(`${name}/package.json`);
  const { version } = JSON.parse(await readFile(path, "utf8")) as { readonly version?: string }; // a manifest
  return version;
}
