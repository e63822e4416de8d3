import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { attributeType, readModel, writeModel } from "@attr/backend-onnx";
import { AttributionResult } from "@attr/core";
import { digits, penguins } from "@attr/models";
import { fc, test as property } from "@fast-check/vitest";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attr } from "../run.fixture.ts";
import { tableMethods } from "../tensors/tensor-methods.ts";

let folder = "";
const at = (name: string): string => join(folder, name);
const head = "bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g,island,sex";
const allColumns =
  "bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g,island=Biscoe,island=Dream,island=Torgersen,sex=female,sex=male";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "attr-tabular-"));
  // The file alone, without what its folder says of it.
  await copyFile(new URL("onnx/model.onnx", penguins), at("bare.onnx"));
  await writeFile(at("mine.csv"), `name,${head}\nPip,50,15,220,5500,Biscoe,male\nPop,39,18.5,185,3600,Torgersen,\n`);
  await writeFile(at("wide.csv"), `${allColumns}\n50,15,220,5500,1,0,0,0,1\n`);
  await writeFile(at("other.csv"), `${head}\n40,18,190,3600,Dream,female\n42,18,190,3600,Dream,female\n`);
  await writeFile(at("broken.csv"), `${head}\n50,15,220,heavy,Biscoe,male\n`);
  await writeFile(at("far.csv"), `${head}\n50,15,220,5500,Atlantis,male\n`);
  await writeFile(at("empty.csv"), `${head}\n`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface About {
  readonly rows: readonly number[];
  readonly explained: string;
  readonly background: readonly number[];
  readonly answers: readonly { readonly label: string }[];
  readonly features: readonly { readonly name: string; readonly columns: readonly number[] }[];
}

async function explained(...words: string[]): Promise<{ readonly result: AttributionResult; readonly about: About }> {
  const { code, out, err } = await attr(["tabular", ...words, "--json", "-", "--quiet"]);
  expect(err).toBe("");
  expect(code).toBe(0);
  return { result: AttributionResult.fromJSON(out), about: JSON.parse(out).about };
}

const scoresOf = (result: AttributionResult): readonly number[] => Array.from(result.attributions["x"]!.data, Number);

describe("attr tabular", () => {
  test("explains an embedded row in one line, features of categories as one", async () => {
    const { code, out, err } = await attr(["tabular", "--row", "200"]);
    expect(code).toBe(0);
    expect(out).toContain('What speaks for "Chinstrap" in row 200 of penguins.csv');
    expect(out).toMatch(/^ {2}island = Dream +\+1\.\d\d {2}\+/m);
    expect(out).toMatch(/^ {2}bill_length_mm = 51\.5 +\+/m);
    expect(out).toContain("row 200 (Chinstrap): ");
    expect(out).toMatch(/! The model answers "Chinstrap" \(99\.\d %\)/);
    expect(out).toMatch(/! Compared with bill_length_mm 43\.92, .*\n? .*island Biscoe, sex male\./);
    expect(out).not.toContain("island=");
    expect(err).toBe("1 model call, 64 rows\n");
  });

  test("without a row the first is explained, and an unknown category is none", async () => {
    expect((await attr(["tabular"])).out).toContain("row 1 of penguins.csv");
    const { out } = await attr(["tabular", at("mine.csv"), "--row", "2"]);
    expect(out).toContain('What speaks for "Adelie" in row 2 of mine.csv');
    expect(out).toMatch(/^ {2}sex = unknown +[+-]0\.\d\d/m);
  });

  property.prop([fc.integer({ min: 1, max: 342 }), fc.constantFrom("Adelie", "Chinstrap", "Gentoo")], { numRuns: 10 })(
    "Shapley values of any row and class, one a feature, sum to what it differs from the ordinary row",
    async (row, target) => {
      const { result, about } = await explained("--row", `${row}`, "--target", target);
      expect(about.rows).toEqual([row]);
      const once = about.features.map(({ columns }) => scoresOf(result)[columns[0]!]!);
      expect(about.features.map(({ name }) => name)).toEqual(head.split(","));
      const sum = once.reduce((total, score) => total + score, 0);
      expect(sum).toBeCloseTo(Number(result.value!.data[0]) - Number(result.baseValue!.data[0]), 4);
    },
  );

  test.each(tableMethods)("%s explains several rows, each as it is explained alone", async (method) => {
    const words = ["--target", "Gentoo", "--method", method];
    const sampled = ["gradient-shap", "shapley-value-sampling", "kernel-shap", "lime"].includes(method);
    const { result, about } = await explained("--rows", "3,150-151", ...words);
    expect(about.rows).toEqual([3, 150, 151]);
    expect(result.attributions["x"]!.shape).toEqual([3, 9]);
    expect(scoresOf(result).some((score) => score !== 0)).toBe(true);
    // What is drawn at random is drawn for each row of its own.
    if (sampled) return;
    const alone = await explained("--row", "150", ...words);
    scoresOf(alone.result).forEach((score, column) => {
      expect(score).toBeCloseTo(scoresOf(result)[9 + column]!, 5);
    });
  });

  test("of several rows one class is explained: the most frequent answer, or the one asked for", async () => {
    const { out } = await attr(["tabular", "--rows", "all"]);
    expect(out).toContain('What speaks for "Adelie" in 342 rows of penguins.csv');
    expect(out).toContain('Of 342 rows the model answers 151 with "Adelie", 123 with "Gentoo", 68 with');
    expect((await explained("--rows", "1-3", "--target", "gentoo")).about.explained).toBe('the logit of "Gentoo"');
  });

  test("a bare file takes the columns named, a table whose columns are its own, and categories made of columns", async () => {
    const wide = await explained(at("bare.onnx"), at("wide.csv"));
    const named = await explained(at("bare.onnx"), at("mine.csv"), "--columns", allColumns, "--background", at("wide.csv"));
    expect(scoresOf(named.result)).toEqual(scoresOf(wide.result).map(() => 0));
    expect(wide.about.explained).toBe("the logit of class 2");
  });

  test("where a file has the answer itself first, as a whole number, what it comes from is explained", async () => {
    const proto = readModel(await readFile(at("bare.onnx")));
    const answer = { name: "answer", opType: "ArgMax", domain: "", inputs: ["logits"], outputs: ["answer"] };
    const attributes = [
      { name: "axis", type: attributeType.int, i: 1n },
      { name: "keepdims", type: attributeType.int, i: 0n },
    ];
    const outputs = [
      { name: "answer", type: { tensorType: { elemType: 7, shape: { dims: [{ param: "n" }] } } } },
      ...proto.graph.outputs,
    ];
    const nodes = [...proto.graph.nodes, { ...answer, attributes }];
    await writeFile(at("answer.onnx"), writeModel({ ...proto, graph: { ...proto.graph, nodes, outputs } }));
    const [plain, first] = [await explained(at("bare.onnx"), at("wide.csv")), await explained(at("answer.onnx"), at("wide.csv"))];
    expect(first.about.explained).toBe(plain.about.explained);
    expect(scoresOf(first.result)).toEqual(scoresOf(plain.result));
  });

  test("rows with empty cells count for nothing, and are refused where they are asked for", async () => {
    await writeFile(
      at("holes.csv"),
      `${head}\n40,18,190,3600,Dream,female\n,18,190,9999,Dream,female\n42,18,190,3600,Dream,female\n`,
    );
    const all = await explained(at("holes.csv"), "--rows", "all");
    expect(all.about.rows).toEqual([1, 3]);
    expect(all.about.background).toEqual([41, 18, 190, 3600, 0, 1, 0, 1, 0]);
    expect((await attr(["tabular", at("holes.csv"), "--row", "3"])).out).toContain(
      "1 row of the table has no number where the model takes one",
    );
    const { code, err } = await attr(["tabular", at("holes.csv"), "--row", "2"]);
    expect([code, err]).toEqual([1, 'attr tabular: row 2 of the table has no number in column "bill_length_mm"\n']);
  });

  test("the background is the table's mean, zeros, or another table's mean", async () => {
    const background = async (...words: string[]) => (await explained("--row", "1", ...words)).about.background;
    expect(await background("--background", at("other.csv"))).toEqual([41, 18, 190, 3600, 0, 1, 0, 1, 0]);
    expect(await background("--background", "zeros")).toEqual(new Array(9).fill(0));
    expect((await background())[0]).toBeCloseTo(43.92, 2);
  });

  test("every view is written, the dependence of the feature asked for", async () => {
    for (const view of ["bars", "waterfall", "beeswarm", "dependence"]) {
      const words = [
        "--rows",
        "1-40",
        "--view",
        view,
        "--feature",
        "body_mass_g",
        "--svg",
        at(`${view}.svg`),
        "--html",
        at("a.html"),
      ];
      expect((await attr(["tabular", ...words])).code).toBe(0);
      expect(await readFile(at(`${view}.svg`), "utf8")).toContain("<svg");
    }
    expect(await readFile(at("dependence.svg"), "utf8")).toContain("value of body_mass_g");
  });

  test.each([
    [["a", "b", "c"], "at most 2 words are taken, MODEL and DATA.csv"],
    [["--row", "0"], "--row takes a whole number of at least 1"],
    [["--row", "343"], "--row 343 is outside the table's 342 rows (1 to 342)"],
    [["--rows", "5-343"], "--rows 5-343 is outside the table's 342 rows"],
    [["--rows", "5-2"], '--rows takes all, or rows as in 1-20 or 3,5,8-10, got "5-2"'],
    [["--rows", "first"], 'got "first"'],
    [["--row", "1", "--rows", "2"], "--row and --rows both name rows"],
    [["--method", "saliency", "--background", "zeros"], "--background is for other methods; saliency compares with nothing"],
    [["--background", "median"], '--background takes mean, zeros or a FILE.csv, got "median"'],
    [["--method", "occlusion"], "--method takes one of integrated-gradients, "],
  ])("%j is wrong usage and exits with 2", async (words, sentence) => {
    const { code, out, err } = await attr(["tabular", ...words]);
    expect(err).toContain(sentence);
    expect([code, out]).toEqual([2, ""]);
  });

  test("a bare file without rows is asked for them", async () => {
    const { code, err } = await attr(["tabular", at("bare.onnx")]);
    expect([code, err]).toEqual([2, expect.stringContaining("DATA.csv is missing")]);
  });

  test.each([
    ["nowhere.csv", 'there is no table "'],
    ["empty.csv", "has no rows below its names"],
    ["broken.csv", 'row 1 of the table has "heavy" in column "body_mass_g"'],
    ["far.csv", 'row 1 of the table has "Atlantis" in column "island"; the model knows "Biscoe", "Dream", "Torgersen"'],
  ])("%s fails with a sentence and exits with 1", async (name, sentence) => {
    const { code, out, err } = await attr(["tabular", at(name)]);
    expect(err).toContain(sentence);
    expect([code, out, err.trim().split("\n").length]).toEqual([1, "", 1]);
  });

  test.each([
    [["bare.onnx", "mine.csv"], "the model takes 9 columns and"],
    [["bare.onnx", tmpdir()], "is a folder, not a table"],
    [["bare.onnx", "mine.csv", "--columns", "bill_depth_mm"], "the model takes 9 columns, and 1 are named"],
    [["mine.csv", "--feature", "age"], '--feature "age" is none of "bill_length_mm"'],
    [["mine.csv", "--label", "truth"], 'has no column "truth"'],
  ])("%j fails with a sentence", async (words, sentence) => {
    const { code, err } = await attr(["tabular", ...words.map((word) => (/\.(onnx|csv)$/.test(word) ? at(word) : word))]);
    expect([code, err]).toEqual([1, expect.stringContaining(sentence)]);
  });

  test("a folder that names a table elsewhere is refused", async () => {
    await mkdir(at("odd"));
    await copyFile(new URL("onnx/model.onnx", penguins), at("odd/model.onnx"));
    await writeFile(at("odd/config.json"), JSON.stringify({ table: { file: "../mine.csv" } }));
    const { code, err } = await attr(["tabular", at("odd")]);
    expect([code, err]).toEqual([
      1,
      expect.stringContaining('table.file of config.json must be the name of a file beside it, got "../mine.csv"'),
    ]);
  });

  test("a model of pictures is refused by the shape of its input", async () => {
    const { code, err } = await attr(["tabular", fileURLToPath(digits), at("wide.csv")]);
    expect(code).toBe(1);
    expect(err).toContain('takes "image" float32 [n, 1, 28, 28]; rows of a table are for one input of floats, [rows, columns]');
  });
});
