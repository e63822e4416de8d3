import { readFileSync } from "node:fs";
import { AttributionResult } from "@attr/core";
import type { Locator } from "playwright-core";
import { describe, expect, test } from "vitest";
import { colorClassifier, folderWith } from "./classifier.fixture.ts";
import { describeRoom, expectExports, expectSound } from "./room.fixture.ts";
import { chromiumPath, done, launchChromium, openSaved, saved, serveSite, visit } from "./site.fixture.ts";

describeRoom("the room of images", "#/images", (room) => {
  const title = (): Locator => room.page.locator("#result-title");
  const sees = (label: string): Promise<void> => title().locator("q", { hasText: label }).waitFor();
  const board = (): Locator => room.page.getByRole("application", { name: "Drawing, 28 by 28 pixels" });
  /** Changes something, and waits until the page has asked about it and has its answer. */
  const asked = async (change: () => Promise<unknown>): Promise<void> => {
    const before = room.page.url();
    await change();
    // The address is written when the question is asked.
    await room.page.waitForURL(({ href }) => href !== before);
    await done(room.page);
  };
  const result = async (): Promise<AttributionResult> =>
    AttributionResult.fromJSON(JSON.parse(readFileSync(await saved(room.page, "JSON"), "utf8")).result);
  const scores = async (): Promise<readonly number[]> =>
    Array.from(Object.values((await result()).attributions)[0]!.data, Number);

  test("explains at once what the model sees in a digit", async () => {
    const { page } = room;
    await done(page);
    await sees("3");
    expect(await page.locator(".classes tbody tr").count()).toBe(10);
    expect(await page.locator(".classes [aria-pressed=true]").textContent()).toBe("3");
    expect(await page.locator(".picture svg").count()).toBe(1);
    const { attributions, value, baseValue } = await result();
    const sum = Array.from(Object.values(attributions)[0]!.data, Number).reduce((total, score) => total + score, 0);
    expect(Math.abs(sum - (Number(value!.data[0]) - Number(baseValue!.data[0])))).toBeLessThan(0.3);
  });

  test("axe finds nothing serious in light and dark, and 375 pixels are wide enough", async () => {
    const { page } = room;
    await asked(() => page.getByLabel("Method").selectOption("kernel-shap"));
    await expectSound(page);
  });

  test("a digit is drawn with the pointer, and the answer follows", async () => {
    const { page } = room;
    await page.getByRole("button", { name: "Clear", exact: true }).click();
    await board().scrollIntoViewIfNeeded();
    const { x, y, width } = (await board().boundingBox())!;
    const at = (column: number, row: number): readonly [number, number] => [x + (column * width) / 28, y + (row * width) / 28];
    await page.mouse.move(...at(7, 7));
    await page.mouse.down();
    await page.mouse.move(...at(20, 7), { steps: 8 });
    await page.mouse.move(...at(13, 23), { steps: 8 });
    await page.mouse.up();
    await sees("7");
    await done(page);
  });

  test("a digit is drawn by the keyboard, and what is under the frame is said", async () => {
    const { page } = room;
    await page.getByRole("button", { name: "Clear", exact: true }).click();
    await board().focus();
    for (let i = 0; i < 9; i++) await page.keyboard.press("ArrowUp");
    for (let i = 0; i < 17; i++) await page.keyboard.press("Shift+ArrowDown");
    await page.keyboard.press("Space");
    await page.getByText("row 23, column 15: white").waitFor();
    await sees("1");
    await page.keyboard.press("Delete");
    await page.getByText("row 23, column 15: black").waitFor();
  });

  test("another class is explained, chosen from the list or by its name", async () => {
    const { page } = room;
    await page.locator(".classes").getByRole("button", { name: "7", exact: true }).click();
    await page.locator(".picture svg", { hasText: "What the logit of “7” goes by" }).waitFor();
    await page.getByLabel("Class to explain").fill("4");
    await page.getByLabel("Class to explain").press("Enter");
    await page.locator(".picture svg", { hasText: "What the logit of “4” goes by" }).waitFor();
    await sees("1");
  });

  test("parts are cut, painted and outlined, and what stands for them is shown", async () => {
    const { page } = room;
    await page.getByRole("button", { name: "A 8", exact: true }).click();
    await page.getByLabel("Across").fill("4");
    await page.getByLabel("Down").fill("3");
    await page.getByText("12 parts").waitFor();
    await page.getByLabel("In place of what is absent").selectOption("blurred");
    await page.getByRole("img", { name: "The baseline: the picture, blurred" }).waitFor();
    await page.waitForURL(/baseline=blurred/);
    await done(page);
    expect(new Set(await scores()).size).toBe(12);
    await page.getByLabel("What is taken away together").selectOption("painted");
    await page.getByText("One part so far").waitFor();
    const parts = page.getByRole("application", { name: /^Parts of the picture/ });
    await parts.focus();
    for (let i = 0; i < 4; i++) await page.keyboard.press("Shift+ArrowLeft");
    await page.getByText("2 parts").waitFor();
    await page.getByText(/row \d+, column \d+: part 1/).waitFor();
    await page.waitForURL(/mask=painted/);
    await done(page);
    expect(new Set(await scores()).size).toBe(2);
    await expectSound(page);
  });

  test("a link asks the same, the drawing and the parts included", async () => {
    const { page } = room;
    const link = page.url();
    expect(link).toContain("mask=painted-28-28-");
    const before = await page.locator(".picture svg").textContent();
    await page.goto(`${room.site.address}#/language-model`);
    await page.getByLabel("Prompt").waitFor();
    await page.goto(link);
    await page.getByText("2 parts").waitFor();
    await done(page);
    expect(await page.getByLabel("In place of what is absent").inputValue()).toBe("blurred");
    expect(await page.locator(".picture svg").textContent()).toBe(before);
  });

  test("every method that is offered explains the drawing", async () => {
    const { page } = room;
    await page.goto(`${room.site.address}#/images?method=kernel-shap&mask=superpixels-12`);
    await page.getByLabel("About how many").waitFor();
    const methods = await page
      .getByLabel("Method")
      .locator("option")
      .evaluateAll((options) => options.map((option) => (option as HTMLOptionElement).value));
    expect(methods.length).toBeGreaterThan(15);
    const said = new Set<string>();
    // What explains is named in the picture.
    const named = async (previous: string): Promise<string> => {
      const found = await page.waitForFunction((before) => {
        const [, name] =
          /\.\s*([\w()]+),\s*scores/.exec(
            document.querySelector("attr-result")?.shadowRoot?.querySelector("svg")?.textContent ?? "",
          ) ?? [];
        return name === before ? undefined : name;
      }, previous);
      return String(await found.jsonValue());
    };
    let name = await named("");
    for (const method of methods) {
      await page.getByLabel("Method").selectOption(method);
      if (await page.getByLabel("Samples").isVisible()) await page.getByLabel("Samples").fill("8");
      if (await page.getByLabel("Steps").isVisible()) await page.getByLabel("Steps").fill("8");
      name = await named(name);
      said.add(name);
    }
    expect(said.size).toBe(methods.length);
    expect(await page.getByRole("alert").count()).toBe(0);
  });

  test("the views of a result are drawn", async () => {
    const { page } = room;
    for (const view of ["blended", "signed", "masked", "contour", "heat"]) {
      const before = await page.locator(".picture svg").innerHTML();
      await page.getByLabel("Scores are drawn").selectOption(view);
      await page.waitForFunction(
        (html) => document.querySelector("attr-result")!.shadowRoot!.querySelector("svg")!.innerHTML !== html,
        before,
      );
    }
    await page.getByLabel("Which scores").selectOption("positive");
    await page.getByLabel("Coarse scores").selectOption("smooth");
  });

  test("a run that is stopped keeps what it has, and the next one works", async () => {
    const { page } = room;
    await page.goto(`${room.site.address}#/images?method=shapley-value-sampling&samples=10000&mask=grid-14-14`);
    await page.getByText("The best so far").waitFor();
    await page.getByText(/ left$/).waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByText("Stopped.").waitFor();
    expect(await page.getByText("The best so far").count()).toBe(1);
    await asked(() => page.getByLabel("Samples").fill("5"));
    expect(await page.getByText("The best so far").count()).toBe(0);
  });

  /** A picture whose left half is red and whose right half is blue. */
  const halves = async (): Promise<Buffer> => {
    const address = await room.page.evaluate(() => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 80, height: 60 });
      const context = canvas.getContext("2d")!;
      context.fillStyle = "#e01010";
      context.fillRect(0, 0, 50, 60);
      context.fillStyle = "#1020e0";
      context.fillRect(50, 0, 30, 60);
      return canvas.toDataURL("image/png");
    });
    return Buffer.from(address.split(",")[1]!, "base64");
  };

  test("a dropped picture becomes the drawing, a pasted one too, and what is none is refused", async () => {
    const { page } = room;
    const field = page.getByLabel(/^Drop or paste a picture/);
    await field.setInputFiles({ name: "halves.png", mimeType: "image/png", buffer: await halves() });
    const drawn = (): string | null => new URLSearchParams(page.url().split("?")[1]).get("drawing");
    const before = drawn();
    await page.waitForURL(({ href }) => !href.includes(`drawing=${before}`));
    await field.setInputFiles({ name: "text.png", mimeType: "image/png", buffer: Buffer.from("no picture") });
    await page.getByRole("alert").filter({ hasText: "“text.png” is no picture that this browser reads" }).waitFor();
    const filled = drawn();
    await page.getByRole("button", { name: "Clear", exact: true }).click();
    await page.getByRole("alert").waitFor({ state: "detached" });
    await page.waitForURL(({ href }) => !href.includes(`drawing=${filled}`));
    const taken = drawn();
    await page.evaluate(async () => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 20, height: 20 });
      const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve));
      const clipboardData = new DataTransfer();
      clipboardData.items.add(new File([blob!], "pasted.png", { type: "image/png" }));
      document.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
    });
    await page.waitForURL(({ href }) => !href.includes(`drawing=${taken}`));
    await done(page);
  });

  test("a folder that lacks something, or holds a broken model, is refused with a sentence", async () => {
    const { page } = room;
    const { "config.json": config, ...others } = colorClassifier();
    const choose = (path: string): Promise<void> =>
      page.getByLabel(/^(A classifier of your own|Classifier:)/).setInputFiles(path);
    await choose(folderWith("half", { "config.json": config! }));
    const sentence =
      "the folder “half” lacks preprocessor_config.json (how its pictures are prepared) and onnx/model.onnx (the model)";
    await page.getByRole("alert").filter({ hasText: sentence }).waitFor();
    await choose(folderWith("broken", { ...others, "config.json": config!, "onnx/model.onnx": Buffer.from("no model") }));
    await page.getByRole("alert").filter({ hasNotText: "lacks" }).waitFor();
    await choose(
      folderWith("untold", { ...others, "config.json": config!, "preprocessor_config.json": Buffer.from('{"size":') }),
    );
    await page.getByRole("alert").filter({ hasText: "preprocessor_config.json is no JSON" }).waitFor();
    const transfer = await page.evaluateHandle(() => {
      const dropped = new DataTransfer();
      dropped.items.add(new File(["{}"], "config.json"));
      return dropped;
    });
    await page.locator(".drop").nth(1).dispatchEvent("drop", { dataTransfer: transfer });
    await page.getByRole("alert").filter({ hasText: "the folder “config.json” lacks" }).waitFor();
  });

  test("a classifier of one's own opens from its folder, and explains a picture by what is in it", async () => {
    const { page } = room;
    const folder = folderWith("colors", colorClassifier());
    await page.getByLabel(/^(A classifier of your own|Classifier:)/).setInputFiles(folder);
    await page.getByText("The classifier is open.").waitFor();
    expect(await page.getByRole("button", { name: "Explain" }).isDisabled()).toBe(true);
    await page.getByLabel("Method").selectOption("feature-ablation");
    await page.getByLabel(/^Drop or paste a picture/).setInputFiles({
      name: "halves.png",
      mimeType: "image/png",
      buffer: await halves(),
    });
    await sees("tomato");
    await done(page);
    await page.getByRole("img", { name: "The picture as the model sees it, 32 by 32 pixels" }).waitFor();
    const { attributions } = await result();
    const red = attributions["pixel_values"]!;
    expect(red.shape).toEqual([1, 3, 32, 32]);
    // The red half is 20 of 32 columns wide.
    for (const [column, score] of Array.from(red.data.subarray(0, 32), Number).entries())
      if (column < 18) expect(score).toBeGreaterThan(0.05);
      else if (column > 22) expect(score).toBeLessThan(0.05);
    await page.getByLabel("Method").selectOption("grad-cam");
    await page.getByLabel("Class to explain").fill("sea");
    await page.getByLabel("Class to explain").press("Enter");
    await page.locator(".picture svg", { hasText: "What the logit of “sea” goes by" }).waitFor();
    await done(page);
    expect(await page.getByRole("button", { name: "Copy a link" }).count()).toBe(0);
    await expectSound(page);
  });

  test("the result is saved as PNG, SVG, HTML and JSON, and the JSON opens again without its model", async () => {
    const { page } = room;
    const json = await expectExports(page, "attr.image/1");
    await page.goto(`${room.site.address}#/language-model`);
    await openSaved(page, json);
    await page.locator(".picture svg", { hasText: "What the logit of “sea” goes by" }).waitFor();
    await sees("tomato");
    await openSaved(page, Buffer.from('{"schema":"attr.image/1","classes":[]}'));
    await page.getByRole("alert").filter({ hasText: "it is no explanation of a picture" }).waitFor();
  });
});

describe.skipIf(chromiumPath === undefined)("the room of images without a network", () => {
  test("opens and explains once it was entered", async () => {
    const [browser, site] = await Promise.all([launchChromium(), serveSite()]);
    const { page } = await visit(browser, site, "#/images");
    await done(page);
    await page.waitForFunction(() => navigator.serviceWorker.controller?.state === "activated");
    // Entered once more, with what keeps it at work.
    await page.reload();
    await done(page);
    await site.close();
    await page.reload();
    await page.locator("#result-title q", { hasText: "3" }).waitFor();
    await done(page);
    await browser.close();
  });
});
