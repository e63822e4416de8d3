import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Command } from "../arguments.ts";
import type { Program } from "../commands/command.ts";
import { choiceOptions, explainChoice } from "../explain-choice.ts";
import { checkTextOptions, explainText } from "../explain-text.ts";
import { inspectReport, tfjsReport } from "../inspect-report.ts";
import { describeApi } from "./describe-api.ts";
import { answerEvents, eventKind } from "./events.ts";
import { onlyOwnHost, onlyOwnPages, onlyWithToken, withSecurityHeaders } from "./guards.ts";
import { type JsonBody, jsonBody } from "./json-body.ts";
import { type ModelShelf, type ShelvedModel, type StandardModel, standardModel } from "./model-shelf.ts";
import type { OpenModels } from "./open-models.ts";
import { pageFiles } from "./page-files.ts";
import { asProblem, Problem, problemResponse } from "./problem.ts";
import { checkForm, type Found, Results, resultResponse } from "./results.ts";
import type { ServeLimits } from "./serve-limits.ts";
import { attributeTensors, tensorQuestion } from "./tensor-question.ts";
import { asArguments } from "./text-question.ts";
import { Turns } from "./turns.ts";
import { Work, type WorkTools } from "./work.ts";

export interface ServeOptions {
  readonly shelf: ModelShelf;
  readonly models: OpenModels;
  readonly token: string;
  readonly limits: ServeLimits;
  readonly program: Program;
  /** The port that is listened at. */
  readonly port: () => number;
  /** Aborted when the server ends. */
  readonly signal: AbortSignal;
  /** Told of errors that are no request's fault. */
  readonly failed: (error: unknown) => void;
}

/** The JSON API and the page over it. Every answer has security headers; every refusal is `application/problem+json`. */
export function serveApp(options: ServeOptions): Hono {
  const { shelf, models, limits, program } = options;
  const turns = new Turns(limits.waiting);
  const results = new Results(limits.results);
  const command = (name: string): Command => program.commands.find((entry) => entry.name === name)!;
  const work = (context: Context): Work =>
    new Work({ turns, seconds: limits.seconds, signals: [context.req.raw.signal, options.signal] });

  const app = new Hono();
  app.use(withSecurityHeaders, onlyOwnHost(options.port), onlyOwnPages, onlyWithToken(options.token));
  /** What is told of an error; what is no request's fault is told at the terminal too. */
  const problemOf = (error: unknown, context: Context): Problem => {
    // Nobody hears the answer to a request that broke off.
    const brokeOff = context.req.raw.signal.aborted && !(error instanceof Problem);
    const problem = brokeOff ? new Problem(408, "the request broke off", { cause: error }) : asProblem(error);
    if (problem.status === 500 && !options.signal.aborted) options.failed(problem.cause);
    return problem;
  };
  app.onError((error, context) => problemResponse(problemOf(error, context)));
  app.notFound((context) =>
    problemResponse(new Problem(404, `there is nothing at ${context.req.path.slice(0, 200)}: see GET /api`)),
  );

  app.get("/api", async (context) => context.json(await describeApi(program, limits)));
  app.get("/api/models", async (context) => {
    const listed = await shelf.list();
    return context.json({ schema: "attr.models/1", models: listed.map(({ name, kind }) => ({ name, kind })) });
  });
  app.get("/api/models/:name{.+}", async (context) => {
    const shelved = await shelf.find(context.req.param("name"));
    const of = context.req.query("of");
    const report = await work(context).run(async () => {
      const opened = await models.tensorModel(shelved);
      if (opened.kind === "onnx") return await inspectReport(opened.model, opened.path, of);
      if (of === undefined) return await tfjsReport(opened.model, opened.path);
      throw new Problem(422, "of is for ONNX files: of a model of TensorFlow.js the first output of floats is differentiated");
    });
    return context.json(report);
  });
  app.get("/api/results/:id", (context) => resultResponse(results.get(context.req.param("id")), context.req.query()));

  /** A request that runs a model: what is wrong with it is told before it waits for its turn. */
  const question = (
    path: string,
    maxSize: number,
    standard: StandardModel,
    read: (body: JsonBody) => (model: ShelvedModel, tools: WorkTools) => Promise<Found>,
  ): void => {
    const tooLarge = (): never => {
      throw new Problem(413, `the body is larger than ${maxSize} bytes`);
    };
    app.post(path, bodyLimit({ maxSize, onError: tooLarge }), async (context) => {
      const view = context.req.query();
      checkForm(view);
      const events = eventKind(context.req.header("accept"));
      const { model: name, ...body } = await jsonBody(context);
      if (name !== undefined && typeof name !== "string") throw new Problem(400, "model takes a name that GET /api/models gives");
      const answer = read(body);
      const model = name === undefined ? await standardModel(shelf, standard) : await shelf.find(name);
      const own = work(context);
      if (events !== undefined)
        return answerEvents(events, own, {
          answer: async (tools) => {
            const found = await answer(model, tools);
            return { location: results.put(found), result: found.result };
          },
          problemOf: (error) => problemOf(error, context),
        });
      const found = await own.run((tools) => answer(model, tools));
      return resultResponse(found, view, { "content-location": results.put(found) });
    });
  };
  question("/api/llm", limits.textBody, { name: "tales-lm", kinds: ["language-model"] }, (body) => {
    const given = asArguments(command("llm"), body);
    checkTextOptions(given);
    const prompt = given.required("prompt", "the text the model reads");
    return async (shelved, tools) => {
      const opened = await models.languageModel(shelved);
      return { kind: "llm", result: await explainText({ given, prompt, ...opened }, tools) };
    };
  });
  question("/api/choice", limits.textBody, { name: "tales-choice", kinds: ["multiple-choice", "language-model"] }, (body) => {
    const given = asArguments(command("choice"), body);
    const parts = { given, prompt: given.required("prompt", "the text the model reads"), options: choiceOptions(given) };
    return async (shelved, tools) => {
      const opened = await models.choiceModel(shelved);
      return { kind: "choice", result: await explainChoice({ ...parts, ...opened }, tools) };
    };
  });
  question("/api/attribute", limits.tensorBody, { name: "", kinds: ["tensors"] }, (body) => {
    const asked = tensorQuestion(body);
    return async (shelved, tools) => ({
      kind: "attribute",
      result: await attributeTensors((await models.tensorModel(shelved)).model, asked, tools),
    });
  });
  for (const [path, methods] of [
    ["/api/llm", "POST"],
    ["/api/choice", "POST"],
    ["/api/attribute", "POST"],
    ["/api", "GET, HEAD"],
    ["/api/*", "GET, HEAD"],
  ] as const)
    app.all(path, (context) => {
      // What is read and not there has been looked for; any other method is wrong here.
      if (methods !== "POST" && ["GET", "HEAD"].includes(context.req.method)) return context.notFound();
      throw new Problem(405, `${path} takes ${methods}, not ${context.req.method}`, { headers: { allow: methods } });
    });
  app.route("/", pageFiles());
  return app;
}
