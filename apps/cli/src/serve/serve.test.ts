import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import { AttributionResult } from "@attr/core";
import { allMethods, type SettingName } from "@attr/core/catalogue";
import { LLMAttributionResult, MultipleChoiceResult } from "@attr/llm";
import { fc, test as property } from "@fast-check/vitest";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commands } from "../commands/all.ts";
import { ask, post, serving } from "./serve.fixture.ts";
import { questionOptions } from "./text-question.ts";

const prompt = "Tom has a red ball. Sue has a blue kite. Question: Who has the kite? Answer:";
const question = { prompt, target: " Sue" };
const choice = { prompt: "Tom has a red ball. Sue has a blue kite. Who has the kite?", option: ["Tom", "Sue"] };
/** Takes long: one row at a time, tens of thousands of them. */
const endless = { ...question, method: "shapley-value-sampling", samples: 50_000 };

let shared: Awaited<ReturnType<typeof serving>>;
beforeAll(async () => {
  shared = await serving();
});
afterAll(async () => {
  await shared.server[Symbol.asyncDispose]();
  // Nothing that a client sent was taken for a fault of the server.
  expect(shared.failures).toEqual([]);
});

const problemOf = ({
  status,
  headers,
  body,
}: Awaited<ReturnType<typeof ask>>): { status: number; detail: string; kind?: string } => {
  expect(headers["content-type"]).toBe("application/problem+json");
  const problem = JSON.parse(body);
  expect(problem).toMatchObject({ type: "about:blank", status });
  expect(problem.title).not.toBe("");
  return problem;
};

describe("what is served", () => {
  test("GET /api says what can be asked for, with schemas made of the command line's options", async () => {
    const { status, body } = await ask(shared.port, "/api");
    expect(status).toBe(200);
    const api = JSON.parse(body);
    expect(api).toMatchObject({ schema: "attr.api/1", versions: { attr: "1.2.3", node: process.versions.node } });
    const llm = api.endpoints.find(({ path }: { path: string }) => path === "/api/llm");
    expect(llm.body.properties.samples).toMatchObject({ type: "integer", minimum: 1, maximum: 100_000 });
    expect(llm.body.required).toEqual(["prompt"]);
    for (const absent of ["json", "html", "config", "color", "quiet"]) expect(llm.body.properties).not.toHaveProperty(absent);
    expect(api.methods["integrated-gradients"]).toContain("steps");
  });

  test("GET /api/models lists the embedded models, and GET /api/models/NAME is the report of attr inspect", async () => {
    const { models } = JSON.parse((await ask(shared.port, "/api/models")).body);
    expect(models).toEqual([
      { name: "tales-lm", kind: "language-model" },
      { name: "tales-choice", kind: "multiple-choice" },
      { name: "digits", kind: "tensors" },
      { name: "penguins", kind: "tensors" },
    ]);
    const report = JSON.parse((await ask(shared.port, "/api/models/digits")).body);
    expect(report).toMatchObject({ schema: "attr.inspect/1", inputs: [{ name: "image" }], gradient: { of: "logits" } });
    expect(problemOf(await ask(shared.port, "/api/models/digits?of=none")).status).toBe(400);
    expect((await ask(shared.port, "/api/models", { method: "HEAD" })).status).toBe(200);
  });

  test("POST /api/llm explains an answer, and the result stays to be looked at in every form", async () => {
    const { status, headers, body } = await post(shared, "/api/llm", question);
    expect(status, body).toBe(200);
    const result = LLMAttributionResult.fromJSON(body);
    expect(result.outputText).toBe(" Sue");
    const at = String(headers["content-location"]);
    expect(at).toMatch(/^\/api\/results\/[0-9a-f]{32}$/);
    expect((await ask(shared.port, at)).body).toBe(body);
    const html = await ask(shared.port, `${at}?as=html`);
    expect(html.body).toMatch(/^<!doctype html>/i);
    expect(html.headers["content-security-policy"]).toContain("sandbox allow-scripts");
    const svg = await ask(shared.port, `${at}?as=svg&token=1`);
    expect([svg.headers["content-type"], svg.body.slice(0, 4)]).toEqual(["image/svg+xml", "<svg"]);
    expect((await ask(shared.port, `${at}?as=text`)).body).toContain('Why the model answers " Sue"');
    expect(JSON.parse((await ask(shared.port, `${at}?as=document`)).body)).toMatchObject({ kind: "text" });
    expect(problemOf(await ask(shared.port, `${at}?as=doc`))).toMatchObject({ status: 406 });
    expect(problemOf(await ask(shared.port, `${at}?as=svg&token=9`))).toMatchObject({ status: 400 });
    expect(problemOf(await ask(shared.port, "/api/results/0")).status).toBe(404);
    expect(problemOf(await post(shared, "/api/llm?as=doc", question)).status).toBe(406);
  });

  test("POST /api/choice explains options; a query picks the option and the one it is held against", async () => {
    const answer = await post(shared, "/api/choice?as=text&explain=Sue&versus=1", choice);
    expect(answer.body).toContain('Why "Sue" and not "Tom"');
    const { body } = await post(shared, "/api/choice", { ...choice, model: "tales-lm", normalize: "tokens" });
    expect(MultipleChoiceResult.fromJSON(body).options).toEqual(["Tom", "Sue"]);
  });

  test("POST /api/attribute explains tensors, from nested arrays or from shape and data, as core does", async () => {
    const { body } = await ask(shared.port, "/api/models/penguins");
    const [input] = JSON.parse(body).inputs;
    const width = Number(input.shape[1]);
    const row = Array.from({ length: width }, (_, i) => Math.sin(i + 1));
    const asked = { model: "penguins", method: "integrated-gradients", target: 1, settings: { steps: 20 } };
    const nested = await post(shared, "/api/attribute", { ...asked, feeds: { [input.name]: [row] } });
    expect(nested.status, nested.body).toBe(200);
    const result = AttributionResult.fromJSON(nested.body);
    expect(result.attributions[input.name]!.shape).toEqual([1, width]);
    expect(Math.abs(Number(result.delta!.data[0]))).toBeLessThan(0.05);
    const flat = await post(shared, "/api/attribute", { ...asked, feeds: { [input.name]: { shape: [1, width], data: row } } });
    expect(AttributionResult.fromJSON(flat.body).attributions).toEqual(result.attributions);
    expect((await ask(shared.port, `${flat.headers["content-location"]}?as=svg`)).body).toContain("<svg");
  });

  test("POST /api/attribute goes to a layer, bound inputs and inner outputs", async () => {
    const image = [
      [Array.from({ length: 28 }, (_, y) => Array.from({ length: 28 }, (_, x) => (x > 12 && x < 16 && y > 4 ? 1 : 0)))],
    ];
    const { values } = JSON.parse((await ask(shared.port, "/api/models/digits")).body);
    const layer = values.find(({ shape }: { shape?: unknown[] }) => shape?.length === 4 && shape[1] !== 1).name;
    const asked = { model: "digits", feeds: { image }, target: 1 };
    const cam = await post(shared, "/api/attribute", { ...asked, method: "grad-cam", settings: { layer } });
    expect(AttributionResult.fromJSON(cam.body).method).toBe("GradCam");
    const atLayer = await post(shared, "/api/attribute", { ...asked, method: "input-x-gradient", layer });
    expect(Object.keys(AttributionResult.fromJSON(atLayer.body).attributions)).toEqual([layer]);
    const occlusion = await post(shared, "/api/attribute", {
      ...asked,
      method: "occlusion",
      settings: { window: [1, 7, 7], strides: [1, 7, 7], baselines: { image: 0 } },
    });
    expect(AttributionResult.fromJSON(occlusion.body).method).toBe("Occlusion");
    expect((await ask(shared.port, `${occlusion.headers["content-location"]}?as=svg`)).status).toBe(200);
  });

  test("every method over tensors answers with every setting that it is said to have", async () => {
    const { values } = JSON.parse((await ask(shared.port, "/api/models/digits")).body);
    const layer = values.find(({ shape }: { shape?: unknown[] }) => shape?.length === 4 && shape[1] !== 1);
    const square = (value: (x: number, y: number) => number): number[][][][] => [
      [Array.from({ length: 28 }, (_, y) => Array.from({ length: 28 }, (_, x) => value(x, y)))],
    ];
    const settings: Readonly<Record<SettingName, unknown>> = {
      baselines: { image: 0.1 },
      featureMask: { image: square((x, y) => Math.floor(x / 14) + 2 * Math.floor(y / 14)) },
      window: [1, 14, 14],
      strides: [1, 14, 14],
      segments: [{ image: square((x) => Math.floor(x / 7))[0] }, { image: square((_, y) => Math.floor(y / 14))[0] }],
      samples: 3,
      seed: 1,
      steps: 3,
      quadrature: "riemann-middle",
      stdev: 0.1,
      multiplyByInputs: false,
      abs: false,
      relu: false,
      epsilon: 1e-6,
      maxSigma: 3,
      layout: "channels-first",
      layer: layer.name,
      neuron: [0, 1, 1],
    };
    const feeds = { image: square((x, y) => Math.abs(Math.sin(x * y))) };
    for (const { name: method, settings: known } of allMethods) {
      const own = Object.fromEntries(known.map((name) => [name, settings[name]]));
      const { status, body } = await post(shared, "/api/attribute", { model: "digits", method, feeds, target: 3, settings: own });
      expect(status, `${method}: ${body}`).toBe(200);
      const { attributions } = AttributionResult.fromJSON(body);
      for (const { data } of Object.values(attributions)) expect(data.every(Number.isFinite), method).toBe(true);
    }
  });

  test.each([
    ["application/x-ndjson", (body: string) => body.trim().split("\n")],
    ["text/event-stream", (body: string) => [...body.matchAll(/^data: (.*)$/gm)].map(([, data]) => data!)],
  ])("%s gives progress, and the result last", async (accept, linesOf) => {
    const { headers, body } = await post(shared, "/api/llm", question, { headers: { accept } });
    expect(headers["content-type"]).toBe(accept);
    const events = linesOf(body).map((line) => JSON.parse(line));
    expect(events[0]).toMatchObject({ event: "waiting" });
    expect(events.some(({ event, done, total }) => event === "progress" && done <= total)).toBe(true);
    const last = events.at(-1);
    expect(last.event).toBe("result");
    expect(LLMAttributionResult.fromJSON(last.result).outputText).toBe(" Sue");
    expect(LLMAttributionResult.fromJSON((await ask(shared.port, last.location)).body).outputText).toBe(" Sue");
  });

  test("an error behind the first event is told by the last", async () => {
    const body = { ...choice, model: "tales-choice", answers: "letters" };
    const answer = await post(shared, "/api/choice", body, { headers: { accept: "application/x-ndjson" } });
    const last = JSON.parse(answer.body.trim().split("\n").at(-1)!);
    expect(last).toMatchObject({
      event: "problem",
      problem: { status: 400, detail: expect.stringContaining("this model is an encoder") },
    });
  });
});

describe("what is refused", () => {
  test.each([
    ["/api/llm", {}, 400, "prompt is missing"],
    ["/api/llm", { promt: "x" }, 400, '"promt" is no field of this request: did you mean prompt?'],
    ["/api/llm", { prompt: 5 }, 400, "prompt takes a text, got 5"],
    ["/api/llm", { prompt: "" }, 400, "nothing to attribute to"],
    ["/api/llm", { prompt: "-", json: "/tmp/x" }, 400, '"json" is no field'],
    ["/api/llm", { prompt: "x", config: "/etc/passwd" }, 400, '"config" is no field'],
    ["/api/llm", { prompt: "x", samples: 1e9 }, 400, "samples takes a whole number from 1 to 100000, got 1000000000"],
    ["/api/llm", { prompt: "x", samples: 9 }, 400, "samples is for sampled methods; feature-ablation has nothing to sample"],
    ["/api/llm", { prompt: "x", method: "magic" }, 400, "method takes one of feature-ablation, "],
    ["/api/llm", { prompt: "x", model: 5 }, 400, "model takes a name"],
    ["/api/llm", { prompt: "x", model: "none" }, 404, 'there is no model "none"'],
    ["/api/llm", { prompt: "x", model: "__proto__" }, 404, "there is no model"],
    ["/api/llm", { prompt: "x", model: "digits" }, 422, "digits is no language model, but a model of tensors"],
    ["/api/llm", { prompt: "a ".repeat(20_000) }, 400, "prompt has 40000 characters, more than the 20000"],
    ["/api/llm", { prompt: "a ".repeat(1500), method: "lime" }, 400, "lime fits a model of 1500 features, more than the 1000"],
    ["/api/choice", { prompt: "x", option: ["a"] }, 400, "option is needed at least twice, got 1"],
    ["/api/choice", { prompt: "x", option: "a" }, 400, "option takes a list of texts"],
    ["/api/choice", { prompt: "x", option: Array(101).fill("a") }, 400, "more than the 100"],
    ["/api/attribute", { feeds: {}, method: "saliency" }, 400, "model is missing: it is one of digits, penguins"],
    ["/api/attribute", { model: "penguins", feeds: [], method: "saliency" }, 400, "feeds takes an object"],
    ["/api/attribute", { model: "penguins", feeds: {}, method: "magic" }, 400, "method takes one of"],
    ["/api/attribute", { model: "penguins", feeds: {}, method: "toString" }, 400, "method takes one of"],
    ["/api/attribute", { model: "penguins", feeds: {}, method: "saliency" }, 400, "is missing"],
    ["/api/attribute", { model: "penguins", feeds: { nothing: [1] }, method: "saliency" }, 400, "feeds.nothing is no input"],
    ["/api/attribute", { model: "digits", feeds: { image: "x" }, method: "saliency" }, 400, "feeds.image is the string"],
    ["/api/attribute", { model: "digits", feeds: { image: [[1, 2], [3]] }, method: "saliency" }, 400, "feeds.image is ragged"],
    ["/api/attribute", { model: "digits", feeds: { image: { shape: [9], data: [1] } }, method: "saliency" }, 400, "shape"],
    ["/api/attribute", { model: "digits", feeds: { image: { shape: [1e9], data: [] } }, method: "saliency" }, 400, "shape"],
    [
      "/api/attribute",
      { model: "digits", feeds: { image: [[[[0]]]] }, method: "saliency", settings: { steps: 5 } },
      400,
      "settings.steps is no setting of saliency, which has abs",
    ],
    [
      "/api/attribute",
      { model: "digits", feeds: { image: [[[[0]]]] }, method: "kernel-shap", settings: { samples: -1 } },
      400,
      "settings.samples takes a whole number from 1 to 100000, got -1",
    ],
  ])("%s with %j", async (path, body, status, sentence) => {
    const problem = problemOf(await post(shared, path, body));
    expect([problem.status, problem.detail]).toEqual([status, expect.stringContaining(sentence)]);
  });

  test("bodies that are no JSON, no object, or of another type", async () => {
    for (const [body, headers, status] of [
      ["{", {}, 400],
      ["[]", {}, 400],
      ["null", {}, 400],
      ["", {}, 400],
      ["[".repeat(100_000), {}, 400],
      ["{}", { "content-type": "text/plain" }, 415],
      ["prompt=x", { "content-type": "application/x-www-form-urlencoded" }, 415],
    ] as const)
      expect(problemOf(await post(shared, "/api/llm", body, { headers })).status, body.slice(0, 20)).toBe(status);
  });

  test("bodies that are nested deep, wherever that is", async () => {
    const asked = (feed: string, target = "0"): string =>
      `{"model":"digits","method":"saliency","feeds":{"image":${feed}},"target":${target}}`;
    const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
    for (const body of [asked(deep), asked(`{"shape":${deep},"data":[]}`), asked("[[[[0]]]]", `{"path":${deep}}`)])
      expect(problemOf(await post(shared, "/api/attribute", body)).detail).toContain("more than 100 levels deep");
    const allowed = `${"[".repeat(98)}${"]".repeat(98)}`;
    expect(problemOf(await post(shared, "/api/attribute", asked(allowed))).detail).toContain("feeds.image is nested");
  });

  property.prop([fc.constantFrom("/api/llm", "/api/choice", "/api/attribute"), fc.jsonValue({ maxDepth: 3 })], { numRuns: 60 })(
    "any JSON that is no question is the asker's mistake, never the server's",
    async (path, body) => {
      const { status } = await post(shared, path, body);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    },
  );

  test("other paths and methods, with the methods that are right", async () => {
    expect(problemOf(await ask(shared.port, "/nothing")).status).toBe(404);
    expect(problemOf(await ask(shared.port, "/api/nothing")).status).toBe(404);
    const wrong = await ask(shared.port, "/api/llm");
    expect(problemOf(wrong).status).toBe(405);
    expect(wrong.headers.allow).toBe("POST");
    const put = await post(shared, "/api/models", {}, { method: "PUT" });
    expect([problemOf(put).status, put.headers.allow]).toEqual([405, "GET, HEAD"]);
    expect(problemOf(await post(shared, "/api/models/digits", {}, { method: "DELETE" })).status).toBe(405);
  });
});

describe("who is answered", () => {
  test.each(["evil.example", "evil.example:PORT", "127.0.0.1", "localhost:1", "127.0.0.1.evil.example:PORT", "0.0.0.0:PORT"])(
    "a request for the host %j is refused, whatever it asks",
    async (name) => {
      const host = name.replace("PORT", String(shared.port));
      for (const path of ["/", "/api/models", "/modules/core/index.ts"]) {
        const answer = await ask(shared.port, path, { headers: { host } });
        expect(answer.status, path).toBe(421);
        expect(answer.body).not.toContain("tales-lm");
      }
      expect(problemOf(await post(shared, "/api/llm", question, { headers: { host } })).status).toBe(421);
    },
  );

  test.each(["localhost", "LOCALHOST", "127.0.0.1", "[::1]"])("a request for %s is answered", async (name) => {
    expect((await ask(shared.port, "/api/models", { headers: { host: `${name}:${shared.port}` } })).status).toBe(200);
  });

  test("two Host headers, or an address in the request line that says another, are refused", async () => {
    const raw = async (lines: readonly string[]): Promise<string> => {
      const socket = connect(shared.port, "127.0.0.1");
      socket.write(`${lines.join("\r\n")}\r\nConnection: close\r\n\r\n`);
      return (await text(socket)).split("\r\n")[0]!;
    };
    const own = `Host: 127.0.0.1:${shared.port}`;
    expect(await raw(["GET /api/models HTTP/1.1", own, "Host: evil.example"])).toMatch(/ 4\d\d /);
    expect(await raw(["GET /api/models HTTP/1.1"])).toMatch(/ 4\d\d /);
    expect(await raw(["GET /api/models HTTP/1.1", "Host:"])).toMatch(/ 4\d\d /);
    expect(await raw([`GET http://evil.example/api/models HTTP/1.1`, "Host: evil.example"])).toMatch(/ 4\d\d /);
    expect(await raw(["GET /api/models HTTP/1.1", "Host: evil.example"])).toMatch(/ 421 /);
    expect(await raw(["GET /api/models HTTP/1.1", own])).toMatch(/ 200 /);
  });

  test("without the token, or with another, nothing but GET is answered", async () => {
    const { token } = shared.server;
    for (const authorization of [
      undefined,
      "",
      "Bearer",
      `Bearer ${token}x`,
      `Bearer ${token.slice(1)}`,
      `Basic ${token}`,
      token,
    ]) {
      for (const [path, method] of [
        ["/api/llm", "POST"],
        ["/api/models", "POST"],
        ["/nothing", "DELETE"],
        ["/", "PUT"],
      ] as const) {
        const answer = await ask(shared.port, path, {
          method,
          headers: { "content-type": "application/json", ...(authorization !== undefined && { authorization }) },
          body: "{}",
        });
        expect(problemOf(answer).status, `${authorization} ${method} ${path}`).toBe(401);
        expect(answer.headers["www-authenticate"]).toContain("Bearer");
      }
    }
    expect((await post(shared, "/api/llm", question, { headers: { authorization: `bearer ${token}` } })).status).toBe(200);
  });

  test("a page of another origin is refused even with the token, and no answer says that others may read", async () => {
    for (const origin of [
      "http://evil.example",
      "null",
      `http://127.0.0.1:${shared.port + 1}`,
      `https://127.0.0.1:${shared.port}`,
    ]) {
      const answer = await post(shared, "/api/llm", question, { headers: { origin } });
      expect(problemOf(answer).status, origin).toBe(403);
      expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
    }
    const preflight = await ask(shared.port, "/api/llm", {
      method: "OPTIONS",
      headers: {
        origin: "http://evil.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization",
      },
    });
    expect(preflight.status).toBe(403);
    expect(Object.keys(preflight.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
    const read = await ask(shared.port, "/api/models", { headers: { origin: "http://evil.example" } });
    expect(Object.keys(read.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
    const own = { origin: `http://127.0.0.1:${shared.port}` };
    expect((await post(shared, "/api/llm", question, { headers: own })).status).toBe(200);
  });

  test("a page elsewhere leads here by a link, and loads nothing from here", async () => {
    const asked = (headers: Record<string, string>): Promise<number> =>
      ask(shared.port, "/api/models", { headers }).then(({ status }) => status);
    for (const site of ["cross-site", "same-site"]) {
      const link = { "sec-fetch-site": site, "sec-fetch-mode": "navigate" };
      expect(await asked({ ...link, "sec-fetch-dest": "document" })).toBe(200);
      expect(await asked({ ...link, "sec-fetch-dest": "iframe" })).toBe(403);
      expect(await asked({ "sec-fetch-site": site, "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" })).toBe(403);
    }
    expect(await asked({ "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty" })).toBe(200);
  });

  test("every answer, refusals too, tells the browser what it may do with it", async () => {
    const answers = await Promise.all([
      ask(shared.port, "/"),
      ask(shared.port, "/page.css"),
      ask(shared.port, "/api"),
      ask(shared.port, "/nothing"),
      ask(shared.port, "/api", { headers: { host: "evil.example" } }),
      ask(shared.port, "/api/llm", { method: "POST" }),
      post(shared, "/api/llm", question),
      post(shared, "/api/llm", question, { headers: { accept: "application/x-ndjson" } }),
    ]);
    for (const { headers } of answers) {
      expect(headers["content-security-policy"]).toContain("default-src 'none'");
      expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
      expect(headers).toMatchObject({
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "x-frame-options": "DENY",
        "cross-origin-resource-policy": "same-origin",
        "cache-control": "no-store",
      });
    }
    expect(answers[0]!.headers["content-security-policy"]).not.toMatch(/script-src[^;]*unsafe/);
  });
});

describe("how much is taken on", () => {
  test("bodies over the limit are refused with 413, told their length or not", async () => {
    const small = await serving({ limits: { textBody: 1000, tensorBody: 2000 } });
    try {
      const body = JSON.stringify({ prompt: "a".repeat(3000) });
      expect(problemOf(await post(small, "/api/llm", body)).status).toBe(413);
      expect(problemOf(await post(small, "/api/attribute", body)).status).toBe(413);
      expect(problemOf(await post(small, "/api/attribute", { prompt: "a".repeat(1500) })).status).toBe(400);
      const chunked = await post(small, "/api/llm", "", {
        headers: { "transfer-encoding": "chunked" },
        write: (asked) => {
          for (let i = 0; i < 30; i++) asked.write(body.slice(i * 100, (i + 1) * 100));
          asked.end();
        },
      });
      expect(problemOf(chunked).status).toBe(413);
      expect(small.failures).toEqual([]);
    } finally {
      await small.server[Symbol.asyncDispose]();
    }
  });

  test("a body or headers that do not arrive are given up", async () => {
    const hasty = await serving({ arrival: 1500 });
    try {
      const slow = connect(hasty.port, "127.0.0.1");
      slow.write(
        `POST /api/llm HTTP/1.1\r\nHost: 127.0.0.1:${hasty.port}\r\nAuthorization: Bearer ${hasty.server.token}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{`,
      );
      const slower = connect(hasty.port, "127.0.0.1");
      slower.write("GET /api HTTP/1.1\r\nHost: ");
      expect(await text(slow)).toMatch(/^(HTTP\/1\.1 408 |$)/);
      expect(await text(slower)).toMatch(/^(HTTP\/1\.1 408 |$)/);
      expect((await ask(hasty.port, "/api/models")).status).toBe(200);
      expect(hasty.failures).toEqual([]);
    } finally {
      await hasty.server[Symbol.asyncDispose]();
    }
  });

  test("one request runs a model at a time, some wait, and the next is sent away with 503", async () => {
    const one = await serving({ limits: { waiting: 1 } });
    try {
      const stop = new AbortController();
      const running = post(one, "/api/llm", endless, { signal: stop.signal }).catch((error: unknown) => error);
      await untilBusy(one);
      let second = await streamed(one, question);
      let first = await second.next();
      // The one that looked whether a model is at work may not have left its place yet.
      while (first.includes('"status":503')) {
        second = await streamed(one, question);
        first = await second.next();
      }
      expect(first).toContain('"ahead":1');
      const third = await post(one, "/api/llm", question);
      expect(problemOf(third).status).toBe(503);
      expect(third.headers["retry-after"]).toBe("5");
      // What needs no model is answered all the while.
      expect((await ask(one.port, "/api/models")).status).toBe(200);
      stop.abort();
      expect(await running).toBeInstanceOf(Error);
      let last = "";
      for await (const text of second) last = text;
      expect(last).toContain('"event":"result"');
    } finally {
      await one.server[Symbol.asyncDispose]();
    }
  });

  test("many at once get their own answers", async () => {
    const targets = [" Sue", " Tom", " kite", " ball"];
    const answers = await Promise.all(targets.map((target) => post(shared, "/api/llm", { prompt, target })));
    expect(answers.map(({ body }) => LLMAttributionResult.fromJSON(body).outputText)).toEqual(targets);
  });

  test("a request whose client has gone stops computing, streamed or not, at work or waiting", async () => {
    const one = await serving();
    try {
      for (const accept of ["application/json", "application/x-ndjson"]) {
        const stop = new AbortController();
        const given = { headers: { accept }, signal: stop.signal };
        const running = post(one, "/api/llm", endless, given).catch((error: unknown) => error);
        await untilBusy(one);
        const waiting = post(one, "/api/llm", endless, given).catch((error: unknown) => error);
        await wait(50);
        stop.abort();
        expect(await running).toBeInstanceOf(Error);
        expect(await waiting).toBeInstanceOf(Error);
        // Both would work for minutes: that this is answered shows that neither does.
        expect((await post(one, "/api/llm", question)).status).toBe(200);
      }
      expect(one.failures).toEqual([]);
    } finally {
      await one.server[Symbol.asyncDispose]();
    }
  });

  test("a model that works too long is stopped with 504", async () => {
    const hasty = await serving({ seconds: 2 });
    try {
      const problem = problemOf(await post(hasty, "/api/llm", endless));
      expect(problem).toMatchObject({ status: 504, detail: expect.stringContaining("worked for 2 seconds") });
      expect((await post(hasty, "/api/llm", { prompt: "Tom is here.", target: " Tom" })).status).toBe(200);
    } finally {
      await hasty.server[Symbol.asyncDispose]();
    }
  });

  test("the last results are kept, and older ones forgotten", async () => {
    const short = await serving({ limits: { results: 2 } });
    try {
      const places: string[] = [];
      for (let i = 0; i < 3; i++) places.push(String((await post(short, "/api/llm", question)).headers["content-location"]));
      const statuses = await Promise.all(places.map(async (place) => (await ask(short.port, place)).status));
      expect(statuses).toEqual([404, 200, 200]);
    } finally {
      await short.server[Symbol.asyncDispose]();
    }
  });

  test("closing ends what runs and frees the port", async () => {
    const one = await serving();
    const running = post(one, "/api/llm", endless).catch((error: unknown) => error);
    await untilBusy(one);
    await one.server[Symbol.asyncDispose]();
    expect(await running).toSatisfy((ended) => ended instanceof Error || (ended as { status: number }).status === 503);
    await expect(ask(one.port, "/api")).rejects.toThrow("ECONNREFUSED");
    expect(one.failures).toEqual([]);
  });
});

/** A question answered by events: what comes in, piece by piece. */
async function streamed(
  one: Awaited<ReturnType<typeof serving>>,
  body: object,
  signal?: AbortSignal,
): Promise<AsyncIterable<string> & { next(): Promise<string> }> {
  const response = await fetch(`${one.server.address}api/llm`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${one.server.token}`,
      "content-type": "application/json",
      accept: "application/x-ndjson",
    },
    body: JSON.stringify(body),
    signal: signal ?? null,
  });
  const pieces = response.body!.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
  return {
    next: async () => (await pieces.next()).value ?? "",
    [Symbol.asyncIterator]: () => pieces,
  };
}

/** Waits until a model is at work: the first event of a request that comes now says that one is before it. */
async function untilBusy(one: Awaited<ReturnType<typeof serving>>): Promise<void> {
  for (let busy = false; !busy; await wait(20)) {
    const stop = new AbortController();
    const first = await (await streamed(one, { prompt: "x" }, stop.signal)).next();
    busy = !first.includes('"ahead":0');
    stop.abort();
  }
}

test("no field of a request names a file of this machine", () => {
  for (const command of commands) expect(questionOptions(command).filter(({ path }) => path !== undefined)).toEqual([]);
});
